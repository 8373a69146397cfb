// The texts of --help, made from the table of commands.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/command.h"

namespace zoobar {

// Prints the help of one command: usage, what it does, options, examples, exit status.
void PrintHelp(const Command& command, std::ostream& out);
// Prints the commands below `path`: "" for zoobar itself, "ctl", "ctl member".
void PrintHelpOf(std::string_view path, std::ostream& out);

// "zoobar ctl member unlock [OPTIONS] NAME"
std::string UsageOf(const Command& command);
// "-n, --lines COUNT"
std::string HeadOf(const CommandOption& option);
// What the option does, with its default, its words and its limits: "how many lines (default: 20)".
std::string HelpOf(const CommandOption& option);
// The exit status of a command, in order: the common ones, with what they mean for this command.
std::vector<std::pair<int, std::string>> ExitsOf(const Command& command);
// "Show the site." from "show the site".
std::string Sentence(std::string_view text);
// The words that a value may be: those of a kWord, and the roles of a kRole. Otherwise empty.
std::vector<std::string_view> WordsOf(const CommandOption& option);

}  // namespace zoobar
