#include "chaos/site/options.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <random>
#include <string_view>

namespace zoobar::chaos {
namespace {

constexpr std::uint64_t kMostSeconds = 86'400, kMostFaults = 1'000'000;

std::optional<std::uint64_t> NumberIn(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status ReadKinds(std::string_view text, Options& options) {
  options.kinds.clear();
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto found = std::ranges::find(kKindNames, word);
    if (found == kKindNames.end())
      return Error::Of("--only: there is no fault \"{}\"; use {}", word, fmt::join(kKindNames, ","));
    options.kinds.push_back(static_cast<Kind>(found - kKindNames.begin()));
  }
  if (options.kinds.empty()) return Error{"--only names no fault"};
  return {};
}

Status ReadNumber(std::string_view name, std::uint64_t number, Options& options) {
  const auto want = [&](Kind kind) -> Status {
    if (number > kMostFaults) return Error::Of("{} is more than {}", name, kMostFaults);
    options.wanted[kind] = number;
    options.seconds = 0;
    return {};
  };
  if (name == "--kills") return want(Kind::kKill);
  if (name == "--disk-faults") return want(Kind::kDisk);
  if (name == "--clock-steps") return want(Kind::kClock);
  if (name == "--seed") {
    options.seed = number;
  } else if (name == "--seconds") {
    if (number < 1 || number > kMostSeconds) return Error::Of("--seconds must be 1 to {}", kMostSeconds);
    options.seconds = static_cast<int>(number);
  } else if (name == "--longest-silence") {
    options.longest_silence_ms = static_cast<std::int64_t>(std::min<std::uint64_t>(number, 1'000'000));
  } else {
    return Error::Of("there is no option {}", name);
  }
  return {};
}

}  // namespace

Result<Options> ReadOptions(const std::vector<std::string>& arguments) {
  Options options;
  options.seed = std::random_device()();
  for (std::size_t i = 0; i < kKindNames.size(); ++i) options.kinds.push_back(static_cast<Kind>(i));
  for (const std::string& argument : arguments) {
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const std::string name = argument.substr(0, equals), value = argument.substr(std::min(equals + 1, argument.size()));
    Status read;
    if (name == "--only") {
      read = ReadKinds(value, options);
    } else if (argument == "--break=lose-commit") {
      options.broken = Options::Break::kLoseCommit;
    } else if (argument == "--break=repeat-forms") {
      options.broken = Options::Break::kRepeatForms;
    } else if (const auto number = NumberIn(value)) {
      read = ReadNumber(name, *number, options);
    } else {
      read = Error::Of("{} is no option with a number", argument);
    }
    if (!read.ok()) return read.error();
  }
  if (options.seconds > 0) return options;
  // Of the other kinds some, so that they meet the ones that were asked for.
  std::size_t all = 0;
  for (const auto& [kind, count] : options.wanted) all += count;
  for (const Kind kind : options.kinds) options.wanted.try_emplace(kind, (all + 9) / 10);
  std::erase_if(options.wanted, [&](const auto& each) { return std::ranges::count(options.kinds, each.first) == 0; });
  return options;
}

}  // namespace zoobar::chaos
