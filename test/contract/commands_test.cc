// The table of commands, their help, the manual page, the completion and the code say the same.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "admin.pb.h"
#include "ctl/command_help.h"
#include "ctl/command_line.h"
#include "ctl/commands.h"
#include "ctl/completion.h"
#include "ctl/man_page.h"
#include "ipc/channel.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

std::vector<const Command*> EveryCommand() {
  std::vector<const Command*> commands;
  for (const CommandGroup& group : AllCommands()) {
    for (const Command& command : group.commands) commands.push_back(&command);
  }
  return commands;
}

template <typename Print>
std::string Printed(Print print) {
  std::ostringstream out;
  print(out);
  return out.str();
}

std::string SourceOfCtl() {
  std::string source;
  for (const auto& file : std::filesystem::directory_iterator(std::string(ZOOBAR_SOURCE_DIR) + "/src/ctl")) {
    if (file.path().extension() != ".cc") continue;
    std::ifstream text(file.path());
    source.append(std::istreambuf_iterator<char>(text), {});
  }
  return source;
}

// Splits a line of an example as a shell would, without expansions.
std::vector<std::string> ShellWords(std::string line) {
  line = line.substr(0, line.find_first_of("|>"));
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool any = false;
  for (const char c : line + " ") {
    if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? '\0' : c;
      any = true;
    } else if (c == ' ' && !quote) {
      if (any) words.push_back(std::exchange(word, {}));
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  return words;
}

TEST(CommandTable, EveryRowIsWholeAndItsNameIsItsOwn) {
  std::set<std::string_view> names;
  for (const Command* command : EveryCommand()) {
    const std::string name(command->name);
    EXPECT_TRUE(names.insert(command->name).second) << name << " is there twice";
    EXPECT_NE(command->does, "") << name;
    EXPECT_NE(command->does.back(), '.') << name;
    EXPECT_FALSE(command->examples.empty()) << name << " has no example";
    EXPECT_NE(command->converse == nullptr, command->run == nullptr) << name << " has none or two functions";
    EXPECT_EQ(command->asks == Asks::kNever, command->question.empty()) << name;
    EXPECT_TRUE(command->converse == nullptr || command->of_ctl()) << name;
    std::set<std::string_view> options;
    for (const CommandOption* option : OptionsOf(*command)) {
      EXPECT_TRUE(options.insert(option->key()).second) << name << ": two " << option->key();
      EXPECT_NE(option->help, "") << name << " " << option->key();
      EXPECT_EQ(option->value.empty(), option->by_place() || option->takes == Takes::kNothing)
          << name << " " << option->key();
    }
    EXPECT_TRUE(options.contains("--json") || !command->of_ctl()) << name;
  }
  // "ctl log" is a command and the first words of "ctl log verify". This is clear if it takes no value by its place.
  for (const Command* command : EveryCommand()) {
    const bool by_place = std::ranges::any_of(command->options, &CommandOption::by_place);
    const std::string group = std::string(command->name) + " ";
    EXPECT_TRUE(!by_place || std::ranges::none_of(names, [&](auto other) { return other.starts_with(group); }))
        << command->name << " is a command and a group, and takes a value";
  }
}

TEST(CommandTable, EveryExampleIsACommandLineThatIsRight) {
  for (const Command* command : EveryCommand()) {
    for (const Example& example : command->examples) {
      EXPECT_THAT(std::string(example.line), testing::StartsWith(std::string(command->name)));
      std::istringstream in;
      std::ostringstream out, err;
      const Parsed parsed = ParseCommandLine(ShellWords(std::string(example.line)), {in, out, err});
      EXPECT_FALSE(parsed.exit) << example.line << ": " << err.str();
      EXPECT_EQ(parsed.invocation.command, command) << example.line;
    }
  }
}

TEST(CommandTable, HelpManualPageAndCompletionNameEveryCommandAndOption) {
  const std::string page = Printed(PrintManPage), completion = Printed(PrintBashCompletion);
  for (const Command* command : EveryCommand()) {
    const std::string name(command->name), help = Printed([&](std::ostream& out) { PrintHelp(*command, out); });
    EXPECT_THAT(help, HasSubstr("Usage: zoobar " + name));
    EXPECT_THAT(page, HasSubstr("\n" + Troff("zoobar " + name) + "\nT}")) << "the table";
    EXPECT_THAT(page, HasSubstr(".B " + Troff(UsageOf(*command)) + "\n")) << "its entry";
    const std::size_t at = completion.find("    '" + name + "')");
    ASSERT_NE(at, completion.npos) << name << " is not completed";
    const std::string described = completion.substr(at, completion.find(";;", at) - at);
    for (const CommandOption* option : OptionsOf(*command)) {
      EXPECT_THAT(help, HasSubstr("\n  " + HeadOf(*option))) << name;
      EXPECT_THAT(page, HasSubstr(".B " + Troff(HeadOf(*option)) + "\n")) << name;
      if (!option->by_place()) {
        EXPECT_THAT(described, HasSubstr(std::string(option->key()))) << name;
      }
    }
    for (const Example& example : command->examples) {
      EXPECT_THAT(help, HasSubstr("zoobar " + std::string(example.line))) << name;
      EXPECT_THAT(page, HasSubstr(Troff("zoobar " + std::string(example.line)))) << name;
    }
    for (const auto& [code, when] : ExitsOf(*command))
      EXPECT_THAT(help, HasSubstr("\n  " + std::to_string(code) + " "));
    const std::size_t last = name.rfind(' ');
    const std::string group = last == name.npos ? "" : name.substr(0, last);
    EXPECT_THAT(Printed([&](std::ostream& out) { PrintHelpOf(group, out); }),
                HasSubstr("\n  " + (last == name.npos ? name : name.substr(last + 1))));
  }
}

// Each option that a function asks for is in its row (else the process would end when a person uses it), and no row has
// an option that no function asks for.
TEST(CommandTable, TheCodeAsksForTheOptionsOfTheTableAndForNoOthers) {
  const std::string source = SourceOfCtl();
  std::set<std::string> asked, had;
  const std::regex use("(?:Has|Text|Number|Decimal|All)\\(\"([^\"]+)\"\\)");
  for (std::sregex_iterator found(source.begin(), source.end(), use), end; found != end; ++found)
    asked.insert((*found)[1]);
  for (const Command* command : EveryCommand()) {
    for (const CommandOption* option : OptionsOf(*command)) had.emplace(option->key());
  }
  // zoobar's own options are read in main.cc, and NAME is the default of NoSuchMember.
  EXPECT_THAT(asked, testing::IsSupersetOf(had));
  EXPECT_THAT(had, testing::IsSupersetOf(asked));
}

TEST(CommandTable, EveryMethodOfAdminIsUsedByACommand) {
  const std::string source = SourceOfCtl();
  const auto* service = AuthenticateRequest::descriptor()->file()->FindServiceByName("Admin");
  ASSERT_NE(service, nullptr);
  for (int i = 0; i < service->method_count(); ++i) {
    const std::string request(service->method(i)->input_type()->name());
    if (!MethodForRequest(service->method(i)->input_type()).permits(ROLE_OPERATOR)) continue;  // it is for console
    EXPECT_TRUE(std::regex_search(source, std::regex("\\b" + request + "\\b")))
        << "no command of zoobar ctl sends " << request << " (Admin." << service->method(i)->name() << ")";
  }
}

}  // namespace
}  // namespace zoobar
