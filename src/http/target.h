// Request targets (RFC 9112, 3.2) in origin-form and absolute-form. Only this code percent-decodes the path, and only
// once.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

struct Target {
  std::string_view authority;  // only in absolute-form, else empty
  std::string_view path;       // as it was sent; "/" if an absolute-form has no path
  std::string_view query;      // not decoded, without "?"
  bool has_escapes = false;    // the path contains "%"
};

// Splits a target; the views point into `target` or at a constant. Returns false if it is in neither form, or contains
// a fragment, user information, or a byte outside of 0x21 to 0x7e.
bool SplitTarget(std::string_view target, Target* parts);

// Decodes a path and checks it. Returns false for a broken escape, an encoded slash, a backslash, a control byte
// (including NUL), or a segment "." or "..", encoded or not.
bool DecodePath(std::string_view raw, std::string* path);
// The same check for a path without escapes.
bool PathIsPlain(std::string_view path);

// Whether the text is host [":" port], as RFC 9110, 7.2 allows it in Host (RFC 3986, 3.2.2). The host is a name whose
// escapes are complete (IPv4 addresses are names too), or in brackets an IPv6 address or one of a later version. It is
// not empty; a port is at most 65535. A comma, which the grammar allows in names, is refused, because it appears when
// somebody has joined two Host fields.
bool IsHost(std::string_view text);

// The value of a hexadecimal digit; -1 if it is none.
int HexValue(char digit);

}  // namespace zoobar
