// The small parts of HTTP's grammar that field values and request lines share (RFC 9110, 5.6).
#pragma once

#include <string_view>

namespace zoobar {

// Whether a token may contain this byte: the name of a field, of a method or of a coding (RFC 9110, 5.6.2).
bool IsTokenByte(char byte);

// A space or a tab.
inline bool IsBlank(char byte) { return byte == ' ' || byte == '\t'; }

// The text without the blanks before and after it.
std::string_view TrimBlanks(std::string_view text);

// Compares without regard to the case of ASCII letters. `lower` must be in lower case already.
bool EqualsNoCase(std::string_view text, std::string_view lower);

// Whether a comma-separated field value contains this token, in any case.
bool ListHolds(std::string_view list, std::string_view lower_token);

}  // namespace zoobar
