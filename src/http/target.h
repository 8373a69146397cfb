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

// Splits a target. The views in *parts point into `target`; a path that was missing points at the constant "/". Returns
// false if the target is in neither form, or contains a fragment, user information, or a byte outside of 0x21 to 0x7e.
bool SplitTarget(std::string_view target, Target* parts);

// Decodes a path and checks it. Returns false for a broken escape, an encoded slash, a backslash, a control byte
// (including NUL), or a segment "." or "..". It makes no difference whether a segment is encoded.
bool DecodePath(std::string_view raw, std::string* path);
// The same check for a path without escapes.
bool PathIsPlain(std::string_view path);

// Whether the text is host [":" port], the form that Host has (RFC 9110, 7.2; RFC 3986, 3.2.2). The host is a name (an
// IPv4 address is a name too), or in brackets an IPv6 address or an address of a later version. The host must not be
// empty, and escapes in a name must be complete. A port is at most 65535. The grammar allows a comma in a name, but a
// comma is refused here, because it appears when somebody has joined two Host fields.
bool IsHost(std::string_view text);

// Returns the value of a hexadecimal digit, or -1 if the character is not one.
int HexValue(char digit);

}  // namespace zoobar
