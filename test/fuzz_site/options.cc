#include "fuzz_site/options.h"

#include <fmt/format.h>

#include <charconv>
#include <random>
#include <string_view>
#include <utility>

namespace zoobar::fuzz_site {
namespace {

constexpr std::int64_t kUsualSeconds = 60, kMostClients = 1000;

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && *number > 0;
}

// "http://HOST:PORT/" or "HOST:PORT" as an address.
std::string AddressOf(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  return std::string(url.substr(0, url.find('/')));
}

}  // namespace

const char* const kUsage =
    "usage: tools/fuzz site [--requests=N] [--seconds=N] [--seed=N] [--clients=N] [--keep-going] [--record=FILE] "
    "[--url=HOST:PORT]\n"
    "       tools/fuzz site --replay=FILE\n";

std::string ReadOptions(int count, char** arguments, Options* options) {
  const std::pair<std::string_view, std::int64_t*> numbers[] = {
      {"--requests", &options->requests}, {"--seconds", &options->seconds}, {"--clients", &options->clients}};
  const std::pair<std::string_view, std::string*> texts[] = {
      {"--url", &options->url}, {"--replay", &options->replay}, {"--record", &options->record}};
  for (int i = 1; i < count; ++i) {
    const std::string_view argument(arguments[i]), name = argument.substr(0, argument.find('='));
    const std::string_view value = argument.substr(std::min(argument.size(), name.size() + 1));
    bool known = name == "--seed", good = known && ReadNumber(value, &options->seed);
    if (argument == "--keep-going") known = good = options->keep_going = true;
    for (const auto& [option, number] : numbers) {
      if (name != option) continue;
      known = true;
      good = ReadNumber(value, number);
    }
    for (const auto& [option, text] : texts) {
      if (name != option) continue;
      known = true;
      *text = value;
      good = !value.empty();
    }
    if (!known) return fmt::format("there is no option {}", argument);
    if (!good) return fmt::format("{} needs a value: {}=VALUE", name, name);
  }
  if (options->clients > kMostClients) return fmt::format("--clients is at most {}", kMostClients);
  if (options->requests == 0 && options->seconds == 0) options->seconds = kUsualSeconds;
  options->url = AddressOf(options->url);
  if (options->seed == 0) options->seed = std::random_device()() | 1U;
  if (options->record.empty()) options->record = fmt::format("/tmp/fuzz_site-{}.replay", options->seed);
  return {};
}

}  // namespace zoobar::fuzz_site
