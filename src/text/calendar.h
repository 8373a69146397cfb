// Computes dates and times of day in UTC, with the calendar of std::chrono. gmtime_r and timegm are not used, because
// they open the machine's time zone file, which no role may open.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar {

struct UtcTime {
  // `milliseconds`: the time since the beginning of 1970 (UTC). It may be negative. RFC 3339
  // has years of four digits: an earlier time becomes the first moment of the year 0, and a later one the last moment of
  // the year 9999.
  explicit UtcTime(std::int64_t milliseconds);

  int year;
  unsigned month, day;  // both are counted from 1
  unsigned hour, minute, second, millisecond;
  std::string_view month_name, weekday;  // "Feb", "Thu"
};

// Returns the time as text in the form of RFC 3339: "2024-02-29T12:34:56Z". `milliseconds`: as for UtcTime.
std::string IsoTime(std::int64_t milliseconds);
// Returns the time as text with milliseconds (RFC 3339): "2024-02-29T12:34:56.789Z".
std::string IsoTimeMillis(std::int64_t milliseconds);
// As IsoTime, but for seconds since the beginning of 1970. They may be any number.
std::string IsoTimeOfSeconds(std::int64_t seconds);
// Returns the number (1 to 12) of the month with this short English name, such as "Feb". Returns 0 if no month has this
// name.
unsigned MonthNamed(std::string_view name);

}  // namespace zoobar
