// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
//
// A proto3 `string` field must hold UTF-8. Otherwise the receiver cannot parse the message, and treats that as
// misbehaviour of the sender. So text from outside is checked or mended before it is put into such a field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zoobar {

bool IsUtf8(std::string_view text);

// Returns the text with U+FFFD in place of each ill-formed sequence. As in browsers, bytes that begin a character but
// do not complete it count as one sequence.
std::string MendUtf8(std::string_view text);

// Returns the longest beginning of `text` that has at most `bytes` bytes and does not end inside a character.
std::string_view CutUtf8(std::string_view text, std::size_t bytes);

// FirstUtf8 returns the first character of `text` and its length in bytes. The length is 0 if the text is empty. For an
// ill-formed sequence, `valid` is false, `code` is U+FFFD, and `length` is the length of the sequence.
struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 0;
  bool valid = true;
};
Utf8Character FirstUtf8(std::string_view text);

// Returns true if this character must not be written to a terminal or to a file of lines. Control characters (C0 and
// C1) can end a line or control the terminal. Line and paragraph separators end a line for some readers. Marks of
// writing direction can make a line look like another one.
bool SteersTerminals(char32_t code);

// Returns the text as one line that may be written to a terminal: U+FFFD stands for each character that steers
// terminals, and for each ill-formed sequence.
std::string Printable(std::string_view text);

}  // namespace zoobar
