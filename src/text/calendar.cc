#include "text/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace zoobar {
namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// The first moment of the year 0 and the last one of the year 9999, in milliseconds since 1970.
constexpr std::int64_t kFirst = -62'167'219'200'000, kLast = 253'402'300'799'999;

}  // namespace

UtcTime::UtcTime(std::int64_t milliseconds) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(std::clamp(milliseconds, kFirst, kLast))};
  const auto midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss clock(time - midnight);
  year = static_cast<int>(date.year());
  month = static_cast<unsigned>(date.month());
  day = static_cast<unsigned>(date.day());
  hour = static_cast<unsigned>(clock.hours().count());
  minute = static_cast<unsigned>(clock.minutes().count());
  second = static_cast<unsigned>(clock.seconds().count());
  millisecond = static_cast<unsigned>(clock.subseconds().count());
  month_name = kMonths[month - 1];
  weekday = kDays[chrono::weekday(midnight).c_encoding()];
}

std::string IsoTime(std::int64_t milliseconds) {
  const UtcTime at(milliseconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second);
}

std::string IsoTimeMillis(std::int64_t milliseconds) {
  const UtcTime at(milliseconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", at.year, at.month, at.day, at.hour, at.minute,
                     at.second, at.millisecond);
}

std::string IsoTimeOfSeconds(std::int64_t seconds) {
  return IsoTime(1000 * std::clamp(seconds, kFirst / 1000, kLast / 1000));
}

unsigned MonthNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kMonths, name);
  return found == std::end(kMonths) ? 0 : static_cast<unsigned>(found - kMonths) + 1;
}

}  // namespace zoobar
