#include "long_run/options.h"

#include <charconv>
#include <random>

#include "ipc/try.h"

namespace zoobar::long_run {
namespace {

Result<std::uint64_t> NumberOf(const std::string& argument, std::uint64_t least, std::uint64_t most) {
  const std::size_t equals = argument.find('=');
  const std::string text = equals == argument.npos ? "" : argument.substr(equals + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return Error::Of("{}: a number from {} to {} is wanted", argument, least, most);
  return number;
}

}  // namespace

Result<Options> ReadOptions(const std::vector<std::string>& arguments) {
  Options options;
  options.seed = std::random_device()();
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (name == "--minutes") {
      TRY(const std::uint64_t minutes, NumberOf(argument, 1, 10'000));
      options.length = std::chrono::minutes(minutes);
    } else if (name == "--seconds") {
      TRY(const std::uint64_t seconds, NumberOf(argument, 20, 600'000));
      options.length = std::chrono::seconds(seconds);
    } else if (name == "--members") {
      TRY(options.members, NumberOf(argument, 4, 1000));
    } else if (name == "--seed") {
      TRY(options.seed, NumberOf(argument, 0, UINT64_MAX));
    } else {
      return Error::Of("there is no option {}; use --minutes=N, --seconds=N, --members=N, --seed=N", argument);
    }
  }
  return options;
}

}  // namespace zoobar::long_run
