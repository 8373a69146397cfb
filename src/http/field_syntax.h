// The small parts of HTTP's grammar that field values and request lines share (RFC 9110, 5.6).
#pragma once

#include <string_view>

namespace zoobar {

// Whether this byte may stand in a token (RFC 9110, 5.6.2). The names of fields, methods and codings are tokens.
bool IsTokenByte(char byte);

// Whether the byte is a space or a tab.
inline bool IsBlank(char byte) { return byte == ' ' || byte == '\t'; }

// Returns the text without the blanks before and after it.
std::string_view TrimBlanks(std::string_view text);

// Compares without regard to the case of ASCII letters. `lower` must be in lower case already.
bool EqualsNoCase(std::string_view text, std::string_view lower);

// Whether a comma-separated field value contains this token. The case of letters in `list` does not matter.
bool ListHolds(std::string_view list, std::string_view lower_token);

}  // namespace zoobar
