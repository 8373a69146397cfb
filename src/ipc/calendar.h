// Moments in the calendar, in UTC. Everything here reckons with chrono's calendar: gmtime_r and timegm would open the
// machine's time zone file, and no role may open it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar {

struct UtcTime {
  // milliseconds since 1970; may be negative.
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
// The month whose name this is, from 1; 0: none.
unsigned MonthNamed(std::string_view name);

}  // namespace zoobar
