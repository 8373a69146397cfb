// The words of a command line (src/ctl/command_line.h). Each line of the input is one word.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "ctl/command_line.h"
#include "ctl/commands.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "text/nearest.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

void CheckPrintable(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(FirstUtf8(text).length)) {
    const Utf8Character next = FirstUtf8(text);
    Require(next.valid && (next.code == '\n' || !SteersTerminals(next.code)), "nothing controls the terminal");
  }
}

// The words that give the same values.
std::vector<std::string> WordsOf(const Invocation& invocation) {
  std::vector<std::string> words, places;
  std::istringstream name{std::string(invocation.command->name)};
  for (std::string word; name >> word;) words.push_back(word);
  for (const CommandOption* option : invocation.arguments.options()) {
    for (const std::string& value : invocation.arguments.All(option->key())) {
      if (option->by_place()) {
        places.push_back(value);
      } else {
        const std::string key(option->key());
        words.push_back(option->takes == Takes::kNothing ? key : key + "=" + value);
      }
    }
  }
  words.emplace_back("--");
  words.insert(words.end(), places.begin(), places.end());
  return words;
}

void CheckValues(const Invocation& invocation) {
  for (const CommandOption* option : invocation.arguments.options()) {
    const std::vector<std::string>& values = invocation.arguments.All(option->key());
    Require(!option->required || !values.empty(), "a value that is required is there");
    Require(option->repeatable || option->takes == Takes::kNothing || values.size() <= 1, "no value is there twice");
    if (option->takes == Takes::kNumber && !values.empty()) {
      const std::uint64_t number = invocation.arguments.Number(option->key());
      Require(number >= option->least && number <= option->most, "a number is within its bounds");
    }
    if (option->takes == Takes::kDecimal) (void)invocation.arguments.Decimal(option->key());
  }
}

void CheckNearest(const std::vector<std::string>& words) {
  if (words.empty()) return;
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  for (const std::string& word : words) {
    const std::string_view near = Nearest(word, candidates);
    Require(near.empty() || std::ranges::find(candidates, near) != candidates.end(), "a candidate, or none");
    Require(word.empty() || word.size() > 64 || !near.empty(), "a word is near itself");
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  std::vector<std::string> words;
  for (std::string_view rest = InputText(data, size); !rest.empty();) words.emplace_back(TakeLine(rest));
  std::istringstream in;
  std::ostringstream out, err;
  const Streams streams{in, out, err};
  const Parsed parsed = ParseCommandLine(words, streams);
  CheckNearest(words);
  const std::string said = err.str();
  CheckPrintable(said);
  if (parsed.exit) {
    Require(*parsed.exit == kCtlOk || *parsed.exit == kCtlUsage, "help, or wrong use");
    Require((*parsed.exit == kCtlOk) == said.empty() && said.empty() != out.str().empty(), "help, or what is wrong");
    if (!said.empty()) Require(said.find('\n') == said.size() - 1, "one line says what is wrong");
    return 0;
  }
  Require(said.empty() && out.str().empty(), "a command that will run prints nothing yet");
  Require(parsed.invocation.command != nullptr, "there is a command");
  CheckValues(parsed.invocation);
  const std::vector<std::string> same = WordsOf(parsed.invocation);
  const Parsed again = ParseCommandLine(same, streams);
  Require(!again.exit && again.invocation.command == parsed.invocation.command, "a command that is written is read");
  for (const CommandOption* option : parsed.invocation.arguments.options()) {
    Require(option->takes == Takes::kNothing
                ? again.invocation.arguments.Has(option->key()) == parsed.invocation.arguments.Has(option->key())
                : again.invocation.arguments.All(option->key()) == parsed.invocation.arguments.All(option->key()),
            "with the same values");
  }
  return 0;
}
