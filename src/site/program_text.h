// Which profiles are programs. app tells auth whether a saved text is one; profile stores and runs them.
#pragma once

#include <string_view>

namespace zoobar {

// Whether this text is a program: its first line is `#!python`. Blanks and a carriage return may follow on that line.
inline bool IsProgram(std::string_view text) {
  constexpr std::string_view kMark = "#!python";
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.starts_with(kMark) && line.find_first_not_of(" \t\r", kMark.size()) == std::string_view::npos;
}

}  // namespace zoobar
