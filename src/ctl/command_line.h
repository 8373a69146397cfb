// Parses the command line of `zoobar` by the table of commands, asks before destructive commands, and carries them out.
#pragma once

#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "ctl/command.h"

namespace zoobar {

// Where a command reads and prints.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  // whether a person can be asked on `in`
};

struct Parsed {
  Invocation invocation;
  // Set if there is nothing to carry out: help was printed (0), or the words are wrong and one line says why (2).
  std::optional<int> exit;
};

// words: what stands after the program's name.
Parsed ParseCommandLine(const std::vector<std::string>& words, const Streams& streams);

// Asks if the command asks, and carries it out. Returns the exit status. Not for zoobar itself, which main.cc carries
// out.
int Execute(const Invocation& invocation);

// Both.
int ExecuteCommandLine(const std::vector<std::string>& words, const Streams& streams);

}  // namespace zoobar
