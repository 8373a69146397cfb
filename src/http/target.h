// Request targets (RFC 9112, 3.2): origin-form and absolute-form. The path is percent-decoded once, here and nowhere
// else.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

struct Target {
  std::string_view authority;  // absolute-form alone; else empty
  std::string_view path;       // as it was sent; "/" where an absolute-form has none
  std::string_view query;      // raw, without "?"
  bool has_escapes = false;    // the path holds "%"
};

// Splits; the views point into `target` (or at a constant). False if it is neither form, holds a fragment, user
// information, or a byte outside 0x21 to 0x7e.
bool SplitTarget(std::string_view target, Target* parts);

// Decodes a path and checks it: false for a broken escape, an encoded slash, a backslash, a control byte (NUL among
// them), a segment "." or "..", encoded or not.
bool DecodePath(std::string_view raw, std::string* path);
// The same check for a path without escapes.
bool PathIsPlain(std::string_view path);

// host [":" port], as RFC 9110, 7.2 allows in Host (RFC 3986, 3.2.2): a name, whose escapes are whole; an IPv4 address,
// which is one kind of name; in brackets an IPv6 address or one of a later version. Not empty; a port is at most 65535.
// A comma, which the grammar allows in names, is refused: it comes from two Host fields that somebody has joined.
bool IsHost(std::string_view text);

// Whether a field name or a method may hold it (RFC 9110, 5.6.2).
bool IsTokenByte(char byte);

// Value of a hexadecimal digit, -1 if it is none.
int HexValue(char digit);

}  // namespace zoobar
