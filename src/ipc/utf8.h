// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
//
// A proto3 string field must hold it: a message with other bytes fails to parse at the receiver, who takes that for
// misbehaviour of the sender. What came from outside is checked or mended before it is put into one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zoobar {

bool IsUtf8(std::string_view text);

// The same text with U+FFFD for each ill-formed sequence (its longest valid beginning counts as one, as browsers do).
std::string MendUtf8(std::string_view text);

// The longest beginning of `text` of at most `bytes` bytes that does not end inside a character.
std::string_view CutUtf8(std::string_view text, std::size_t bytes);

// The character at the front of `text` and its length in bytes; length 0 at the end. For an ill-formed sequence:
// `valid` false and the length of the part to be replaced.
struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 0;
  bool valid = true;
};
Utf8Character FirstUtf8(std::string_view text);

// Whether a terminal or a reader of lines must not get this character as it is. Controls end lines or steer terminals
// (C1 too). Line and paragraph separators end lines for some readers. Marks of writing direction let a line look like
// another one.
bool SteersTerminals(char32_t code);

}  // namespace zoobar
