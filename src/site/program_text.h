// Decides which profiles are programs. app tells auth whether a saved text is a program. profile stores and runs
// programs.
#pragma once

#include <string_view>

namespace zoobar {

// Returns true if this text is a program, which means that its first line is `#!python`. Spaces, tabs and carriage
// returns may follow on that line.
inline bool IsProgram(std::string_view text) {
  constexpr std::string_view kMark = "#!python";
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.starts_with(kMark) && line.find_first_not_of(" \t\r", kMark.size()) == std::string_view::npos;
}

}  // namespace zoobar
