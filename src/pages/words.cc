// Times and browsers in words.
#include <chrono>

#include "ipc/result.h"
#include "pages/pages.h"

namespace zoobar {
namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// By the calendar alone: gmtime_r would open the machine's time zone file, which no role can see.
struct Moment {
  explicit Moment(std::int64_t time_ms)
      : seconds(std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time_ms))),
        date(std::chrono::floor<std::chrono::days>(seconds)),
        clock(seconds - std::chrono::floor<std::chrono::days>(seconds)) {}

  std::chrono::sys_seconds seconds;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> clock;
  int year() const { return static_cast<int>(date.year()); }
  unsigned month() const { return static_cast<unsigned>(date.month()); }
  unsigned day() const { return static_cast<unsigned>(date.day()); }
};

struct Word {
  std::string_view mark, name;
};

// In this order: a browser's User-Agent also names those it descends from.
constexpr Word kBrowsers[] = {{"Edg/", "Edge"},      {"OPR/", "Opera"},    {"Firefox/", "Firefox"},
                              {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"FxiOS/", "Firefox"},
                              {"Safari/", "Safari"}, {"Wget/", "Wget"},    {"curl/", "curl"}};
constexpr Word kSystems[] = {{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Windows", "Windows"},
                             {"Mac OS X", "macOS"},  {"CrOS", "ChromeOS"}, {"Linux", "Linux"}, {"linux", "Linux"}};

template <std::size_t count>
std::string_view FirstFound(const Word (&words)[count], std::string_view text) {
  for (const Word& word : words) {
    if (text.find(word.mark) != text.npos) return word.name;
  }
  return {};
}

}  // namespace

std::string ReadableTime(std::int64_t time_ms) {
  const Moment at(time_ms);
  return fmt::format("{} {} {}, {:02}:{:02}", at.day(), kMonths[at.month() - 1], at.year(), at.clock.hours().count(),
                     at.clock.minutes().count());
}

std::string IsoTime(std::int64_t time_ms) {
  const Moment at(time_ms);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year(), at.month(), at.day(), at.clock.hours().count(),
                     at.clock.minutes().count(), at.clock.seconds().count());
}

std::string DescribeAgent(std::string_view user_agent) {
  const std::string_view browser = FirstFound(kBrowsers, user_agent);
  const std::string_view system = FirstFound(kSystems, user_agent);
  if (!browser.empty() && !system.empty()) return fmt::format("{} on {}", browser, system);
  if (!browser.empty()) return std::string(browser);
  const std::string_view first = user_agent.substr(0, user_agent.find_first_of(" /"));
  if (first.empty()) return "Something without a name";
  return std::string(first);
}

}  // namespace zoobar
