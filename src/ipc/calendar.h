// Dates and times of day in UTC. They are computed with chrono's calendar, because gmtime_r and timegm open the
// machine's time zone file, which no role may open.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar {

struct UtcTime {
  // `milliseconds` since 1970; may be negative.
  explicit UtcTime(std::int64_t milliseconds);

  int year;
  unsigned month, day;  // from 1
  unsigned hour, minute, second, millisecond;
  std::string_view month_name, weekday;  // "Feb", "Thu"
};

// "2024-02-29T12:34:56Z" (RFC 3339).
std::string IsoTime(std::int64_t milliseconds);
// "2024-02-29T12:34:56.789Z" (RFC 3339).
std::string IsoTimeMillis(std::int64_t milliseconds);
// The number of the month with this name ("Feb"), from 1; 0 if there is none.
unsigned MonthNamed(std::string_view name);

}  // namespace zoobar
