// Dates as HTTP writes them: IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

// seconds: since 1970, years 1970 to 9999.
std::string FormatHttpDate(std::int64_t seconds);
// Reads an IMF-fixdate. nullopt for the two obsolete forms and for dates that do not exist; a condition with such a
// date is then ignored.
std::optional<std::int64_t> ParseHttpDate(std::string_view text);

// "Date: ...\r\n" for the present second, formatted at most once a second.
class DateLine {
 public:
  std::string_view Now();

 private:
  std::int64_t second_ = -1;
  std::string line_;
};

}  // namespace zoobar
