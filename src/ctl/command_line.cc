#include "ctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "ctl/command_help.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "operator/ctl_print.h"
#include "text/nearest.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// The words of a command line, parted into those that name the command and the rest.
struct Split {
  std::string path;               // "ctl member unlock", or "ctl member" if the words end before a command
  std::vector<std::string> rest;  // options and values, in their order
  std::string unknown;            // a word that stands where a command should, and is none
};

bool AsksForHelp(const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [](const std::string& word) { return word == "--help" || word == "-h"; });
}

// Whether `word` is an option whose value is the next word. `path`: the command's words before it.
bool TakesNextWord(std::string_view path, std::string_view word) {
  const auto takes = [word](const CommandOption& option) {
    const bool named = word == option.key() || (option.name.find(',') == 2 && word == option.name.substr(0, 2));
    return named && option.takes != Takes::kNothing;
  };
  return path.empty() ? std::ranges::any_of(ZoobarItself().options, takes) : std::ranges::any_of(CtlOptions(), takes);
}

Split SplitWords(const std::vector<std::string>& words) {
  Split split;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    // "log" is a command and the first word of another one, "log verify".
    const std::vector<std::string_view> further = WordsAfter(split.path);
    const bool goes_on = std::ranges::find(further, word) != further.end();
    if ((FindCommand(split.path) != nullptr && !goes_on) || word == "--") {
      split.rest.insert(split.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
      return split;
    }
    if (word.starts_with('-')) {
      split.rest.push_back(word);
      if (TakesNextWord(split.path, word) && i + 1 < words.size()) split.rest.push_back(words[++i]);
      continue;
    }
    if (!goes_on) {
      split.unknown = word;
      return split;
    }
    split.path += split.path.empty() ? "" : " ";
    split.path += word;
  }
  return split;
}

// "; did you mean: zoobar ctl status", or where help is.
std::string MeantCommand(const Split& split) {
  const std::string path = split.path.empty() ? "zoobar" : "zoobar " + split.path;
  const std::vector<std::string_view> here = WordsAfter(split.path), of_ctl = WordsAfter("ctl");
  if (split.path.empty() && std::ranges::find(of_ctl, split.unknown) != of_ctl.end())
    return "did you mean: zoobar ctl " + split.unknown;
  if (const std::string_view near = Nearest(split.unknown, here); !near.empty())
    return fmt::format("did you mean: {} {}", path, near);
  if (const std::string_view near = Nearest(split.unknown, of_ctl); split.path.empty() && !near.empty())
    return fmt::format("did you mean: zoobar ctl {}", near);
  return "see: " + path + " --help";
}

std::string CallOf(const Command& command) {
  return command.name.empty() ? "zoobar" : "zoobar " + std::string(command.name);
}

// What is wrong with a word that is no option of the command and no value.
std::string WrongOption(const Command& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (!name.starts_with('-')) return fmt::format("one value too many: \"{}\"", word);
  std::vector<std::string_view> names = {"--help"};
  for (const CommandOption* option : OptionsOf(command)) {
    if (!option->by_place() && !option->hidden) names.push_back(option->key());
  }
  const std::string_view near = Nearest(name, names);
  return fmt::format("there is no option {}; {}", name,
                     near.empty() ? "see: " + CallOf(command) + " --help" : fmt::format("did you mean: {}", near));
}

// Returns what is wrong with the value of an option, or an empty text.
std::string WrongValue(const CommandOption& option, const std::string& value) {
  if (option.takes == Takes::kNumber) {
    const bool digits =
        !value.empty() && value.size() <= 20 && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    errno = 0;
    const std::uint64_t number = digits ? std::strtoull(value.c_str(), nullptr, 10) : 0;
    if (digits && errno == 0 && number >= option.least && number <= option.most) return {};
    return fmt::format("\"{}\" is not a whole number from {} to {}", value, option.least, option.most);
  }
  if (option.takes == Takes::kDecimal) {
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    return !value.empty() && *end == '\0' ? "" : fmt::format("\"{}\" is not a number", value);
  }
  const std::vector<std::string_view> words = WordsOf(option);
  if (words.empty() || std::ranges::find(words, value) != words.end()) return {};
  const std::string_view near = Nearest(value, words);
  const std::string kind = option.takes == Takes::kRole ? "role" : "value";
  return fmt::format(
      "there is no {} \"{}\"; {}", kind, value,
      near.empty() ? fmt::format("it is one of: {}", fmt::join(words, ", ")) : fmt::format("did you mean: {}", near));
}

// Checks what CLI11 has found, and puts it into `arguments`. Returns what is wrong, or an empty text.
std::string Take(const Command& command, const CLI::App& app, Arguments& arguments) {
  for (const CommandOption* option : arguments.options()) {
    const CLI::Option* parsed = app.get_option(std::string(option->key()));
    if (parsed->count() == 0) {
      if (option->required) return fmt::format("{} is missing; usage: {}", option->key(), UsageOf(command));
      continue;
    }
    if (option->takes == Takes::kNothing) {
      if (parsed->results().back() == "true") arguments.Set(option->key(), parsed->results());  // not --json=false
      continue;
    }
    for (const std::string& value : parsed->results()) {
      const std::string wrong = WrongValue(*option, value);
      if (!wrong.empty()) return fmt::format("{}: {}", option->key(), wrong);
    }
    if (!option->repeatable && parsed->results().size() > 1) return fmt::format("{} is there twice", option->key());
    arguments.Set(option->key(), parsed->results());
  }
  return {};
}

void AddOption(CLI::App& app, const CommandOption& option) {
  const std::string name(option.name);
  if (option.takes == Takes::kNothing) {
    app.add_flag(name);
    return;
  }
  CLI::Option* added = app.add_option(name);
  // Each time it takes one value. More are counted by Take, which names the option. A value that is known by its place
  // and stands there once must not take those of the next place.
  const bool once = option.by_place() && !option.repeatable;
  added->expected(1, once ? 1 : CLI::detail::expected_max_vector_size);
  added->allow_extra_args(option.by_place() && option.repeatable);
}

// Parses the options of `command`. Returns what is wrong, or an empty text.
std::string ParseOptions(const Command& command, const std::vector<std::string>& words, Arguments& arguments) {
  CLI::App app;
  app.set_help_flag();
  for (const CommandOption* option : arguments.options()) AddOption(app, *option);
  app.allow_extras();
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes them from the back
    app.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return fmt::format("{} needs a value", what.substr(0, what.find(':')));
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  for (const std::string& extra : app.remaining()) {
    if (extra != "--") return WrongOption(command, extra);  // CLI11 counts this one too
  }
  return Take(command, app, arguments);
}

// Puts the values of arguments into the places of {NAME}.
std::string QuestionOf(const Invocation& invocation) {
  std::string question(invocation.command->question);
  for (const CommandOption* option : invocation.arguments.options()) {
    const std::string place = fmt::format("{{{}}}", option->key());
    for (std::size_t at; (at = question.find(place)) != question.npos;)
      question.replace(at, place.size(),
                       "\"" + Printable(invocation.arguments.Text(option->key())).substr(0, 200) + "\"");
  }
  return question;
}

}  // namespace

Parsed ParseCommandLine(const std::vector<std::string>& words, const Streams& streams) {
  Parsed parsed;
  parsed.invocation.out = &streams.out;
  parsed.invocation.err = &streams.err;
  if (streams.terminal) {
    parsed.invocation.ask = [&in = streams.in, &err = streams.err](const std::string& question) {
      err << question << " [y/N] " << std::flush;
      std::string answer;
      return std::getline(in, answer) && (answer == "y" || answer == "Y" || answer == "yes");
    };
  }
  const auto stop = [&](std::string_view path, std::string_view why) {
    streams.err << "zoobar" << (path.empty() ? "" : " ") << path << ": " << Printable(why) << '\n';
    parsed.exit = kCtlUsage;
    return parsed;
  };
  const Split split = SplitWords(words);
  if (!split.unknown.empty()) {
    return stop("", fmt::format("there is no command \"zoobar {}{}{}\"; {}", split.path, split.path.empty() ? "" : " ",
                                split.unknown, MeantCommand(split)));
  }
  const Command* command = split.path.empty() ? &ZoobarItself() : FindCommand(split.path);
  parsed.invocation.command = command;
  const auto options_end = std::ranges::find(split.rest, "--");
  if (AsksForHelp({split.rest.begin(), options_end})) {
    command && !split.path.empty() ? PrintHelp(*command, streams.out) : PrintHelpOf(split.path, streams.out);
    parsed.exit = kCtlOk;
    return parsed;
  }
  if (!command)
    return stop(split.path, fmt::format("one more word is missing: {}", fmt::join(WordsAfter(split.path), ", ")));
  if (split.path.empty() && split.rest == std::vector<std::string>{"--version"}) {
    parsed.exit = FindCommand("version")->run(parsed.invocation);
    return parsed;
  }
  parsed.invocation.arguments = Arguments(OptionsOf(*command));
  const std::string wrong = ParseOptions(*command, split.rest, parsed.invocation.arguments);
  return wrong.empty() ? parsed : stop(split.path, wrong);
}

int Execute(const Invocation& invocation) {
  const Command& command = *invocation.command;
  if (command.asks != Asks::kNever && !invocation.arguments.Has("--yes")) {
    if (!invocation.ask && command.asks == Asks::kAlways)
      return invocation.Fail(kCtlUsage, "stdin is no terminal, so nobody can be asked; give --yes");
    if (invocation.ask && !invocation.ask(QuestionOf(invocation))) {
      return invocation.Fail(kCtlRefused, "nothing was done");
    }
  }
  return command.run ? command.run(invocation) : ConverseWithSite(invocation, command.converse);
}

int ExecuteCommandLine(const std::vector<std::string>& words, const Streams& streams) {
  const Parsed parsed = ParseCommandLine(words, streams);
  return parsed.exit ? *parsed.exit : Execute(parsed.invocation);
}

}  // namespace zoobar
