// Describes times and browsers in words.
#include <fmt/format.h>

#include "pages/pages.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

struct Word {
  std::string_view mark, name;
};

// The order matters: the User-Agent of a browser also names the browsers that it is derived from.
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
  const UtcTime at(time_ms);
  return fmt::format("{} {} {}, {:02}:{:02}", at.day, at.month_name, at.year, at.hour, at.minute);
}

std::string DescribeAgent(std::string_view user_agent) {
  const std::string_view browser = FirstFound(kBrowsers, user_agent);
  const std::string_view system = FirstFound(kSystems, user_agent);
  if (!browser.empty() && !system.empty()) return fmt::format("{} on {}", browser, system);
  if (!browser.empty()) return std::string(browser);
  const std::string_view first = user_agent.substr(0, user_agent.find_first_of(" /"));
  if (first.empty()) return "Unknown browser";
  return std::string(first);
}

}  // namespace zoobar
