#include "ctl/command_help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "ctl/commands.h"
#include "roles/table.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr std::size_t kLineLength = 100;
constexpr std::size_t kHeadWidth = 26;  // of options and commands; a longer one has a line of its own

// Prints the words of `text` in lines of at most kLineLength, each after `indent` blanks; the first line begins at
// column `at`.
void PrintWords(std::string_view text, std::size_t at, std::size_t indent, std::ostream& out) {
  std::size_t column = at;
  bool first = true;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    if (!first && column + 1 + word.size() > kLineLength) {
      out << '\n' << std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out << ' ';
      ++column;
    }
    first = false;
    out << word;
    column += word.size();
  }
  out << '\n';
}

void PrintRow(const std::string& head, std::string_view text, std::ostream& out) {
  out << "  " << head;
  if (head.size() + 2 > kHeadWidth) {
    out << '\n' << std::string(kHeadWidth + 2, ' ');
  } else {
    out << std::string(kHeadWidth - head.size(), ' ');
  }
  PrintWords(text, kHeadWidth + 2, kHeadWidth + 2, out);
}

void PrintOptions(std::string_view title, const std::vector<const CommandOption*>& options, std::ostream& out) {
  if (options.empty()) return;
  out << '\n' << title << ":\n";
  for (const CommandOption* option : options) PrintRow(HeadOf(*option), HelpOf(*option), out);
}

void PrintExamples(std::span<const Example> examples, std::ostream& out) {
  out << (examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n");
  for (const Example& example : examples) {
    out << "  zoobar " << example.line << "\n      ";
    PrintWords(example.does, 6, 6, out);
  }
}

}  // namespace

std::string UsageOf(const Command& command) {
  std::string usage = "zoobar";
  if (!command.name.empty()) usage += fmt::format(" {}", command.name);
  std::string places;
  for (const CommandOption* option : OptionsOf(command)) {
    if (option->hidden) continue;
    if (option->by_place()) {
      places += option->required ? fmt::format(" {}", option->name) : fmt::format(" [{}]", option->name);
      if (option->repeatable) places += "...";
    } else if (option->required) {
      usage += fmt::format(" {} {}", option->key(), option->value);
    }
  }
  return usage + " [OPTIONS]" + places;
}

std::string HeadOf(const CommandOption& option) {
  std::string head(option.name);
  if (const std::size_t comma = head.find(','); comma != head.npos) head.insert(comma + 1, " ");
  if (!option.value.empty()) head += fmt::format(" {}", option.value);
  return head;
}

std::string HelpOf(const CommandOption& option) {
  std::string help(option.help);
  const std::vector<std::string_view> words = WordsOf(option);
  if (!words.empty()) help += fmt::format(": {}", fmt::join(words, ", "));
  if (!option.fallback.empty()) help += fmt::format(" (default: {})", option.fallback);
  if (option.required && !option.by_place()) help += " (required)";
  return help;
}

std::string Sentence(std::string_view text) {
  std::string sentence(text);
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 32);
  return sentence + ".";
}

std::vector<std::string_view> WordsOf(const CommandOption& option) {
  if (option.takes == Takes::kWord) return {option.words.begin(), option.words.end()};
  std::vector<std::string_view> words;
  if (option.takes != Takes::kRole) return words;
  for (const RoleSpec* spec : AllRoles()) words.push_back(RoleName(spec->role));
  std::ranges::sort(words);
  return words;
}

std::vector<std::pair<int, std::string>> ExitsOf(const Command& command) {
  std::map<int, std::string> exits = {{kCtlOk, "done"},
                                      {kCtlUsage, "wrong use: the options are wrong; nothing was done"}};
  if (command.of_ctl()) {
    exits[kCtlBad] = "the site could not do it, or something is wrong";
    exits[kCtlRefused] = "no site runs on this state directory, or it refused the secret or closed the connection";
  }
  for (const ExitCode& exit : command.exits) exits[exit.code] = exit.when;
  return {exits.begin(), exits.end()};
}

void PrintHelp(const Command& command, std::ostream& out) {
  out << "Usage: " << UsageOf(command) << "\n\n";
  PrintWords(Sentence(command.does) + " " + std::string(command.details), 0, 0, out);
  std::vector<const CommandOption*> places, own, common;
  for (const CommandOption* option : OptionsOf(command)) {
    if (option->hidden) continue;
    const bool of_ctl = command.of_ctl() &&
                        std::ranges::any_of(CtlOptions(), [&](const CommandOption& each) { return &each == option; });
    (option->by_place() ? places : of_ctl ? common : own).push_back(option);
  }
  PrintOptions("Arguments", places, out);
  PrintOptions("Options", own, out);
  PrintOptions("Options of all commands of ctl", common, out);
  PrintExamples(command.examples, out);
  out << "\nExit status:\n";
  for (const auto& [code, when] : ExitsOf(command)) PrintRow(std::to_string(code), when, out);
}

void PrintHelpOf(std::string_view path, std::ostream& out) {
  if (path.empty()) {
    PrintHelp(ZoobarItself(), out);
    out << "\nzoobar COMMAND --help explains a command; man zoobar has them all.\n";
  } else {
    out << "Usage: zoobar " << path << " COMMAND [OPTIONS]\n\n";
    if (path == "ctl") out << "Sends a command to a running site, on its control socket.\n";
  }
  for (const CommandGroup& group : AllCommands()) {
    bool titled = false;
    for (const Command& command : group.commands) {
      std::string_view name = command.name;
      if (path.empty() && command.of_ctl()) continue;
      if (!path.empty() && !(name.starts_with(path) && name.substr(path.size()).starts_with(' '))) continue;
      if (!path.empty()) name.remove_prefix(path.size() + 1);
      if (!titled) out << '\n' << group.title << ":\n";
      titled = true;
      PrintRow(std::string(name), command.does, out);
    }
  }
  if (path.empty()) out << "\nA running site:\n";
  if (path.empty()) PrintRow("ctl", "send a command to a running site; zoobar ctl --help lists them", out);
}

}  // namespace zoobar
