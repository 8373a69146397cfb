#include "http/date.h"

#include <fmt/format.h>

#include <chrono>

#include "ipc/loop.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

// Returns the number in text[at, at + digits), or -1 if a byte there is not a digit.
int Number(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

}  // namespace

std::string FormatHttpDate(std::int64_t seconds) {
  const UtcTime at(1000 * seconds);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", at.weekday, at.day, at.month_name, at.year, at.hour,
                     at.minute, at.second);
}

std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  if (text.size() != 29) return std::nullopt;
  const unsigned month = MonthNamed(text.substr(8, 3));
  if (month == 0) return std::nullopt;
  namespace chrono = std::chrono;
  const chrono::year_month_day date(chrono::year(Number(text, 12, 4)), chrono::month(month),
                                    chrono::day(static_cast<unsigned>(Number(text, 5, 2))));
  if (!date.ok() || date.year() < chrono::year(1970)) return std::nullopt;
  const auto time = chrono::sys_days(date).time_since_epoch() + chrono::hours(Number(text, 17, 2)) +
                    chrono::minutes(Number(text, 20, 2)) + chrono::seconds(Number(text, 23, 2));
  const std::int64_t seconds = chrono::seconds(time).count();
  // Formatting the result must give the same text. This checks all separators, the weekday and all ranges at once.
  if (FormatHttpDate(seconds) != text) return std::nullopt;
  return seconds;
}

std::string_view DateLine::Now() {
  const std::int64_t second = WallMillis() / 1000;
  if (second != second_) {
    second_ = second;
    line_ = "Date: " + FormatHttpDate(second) + "\r\n";
  }
  return line_;
}

}  // namespace zoobar
