// Dates as HTTP writes them: IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

// Formats a time in seconds since 1970. The year must be 1970 to 9999.
std::string FormatHttpDate(std::int64_t seconds);
// Reads an IMF-fixdate. Returns nullopt for the two obsolete forms of dates and for dates that do not exist. A
// condition (If-Modified-Since and others) with such a date is ignored.
std::optional<std::int64_t> ParseHttpDate(std::string_view text);

// Returns the line "Date: ...\r\n" for the present second. Formats the line at most once a second.
class DateLine {
 public:
  std::string_view Now();

 private:
  std::int64_t second_ = -1;
  std::string line_;
};

}  // namespace zoobar
