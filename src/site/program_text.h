// Decides what the text of a profile is: a program, or text and HTML, or nearly a program. Everything that asks this
// uses the one function below: app before it saves or tries a text, and profile when it saves one.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// A text is a program if its first line names Python: `#!python`, `#!python3`, `#! python`, `#!/usr/bin/python3`,
// `#!/usr/bin/env python3`. A byte order mark at the beginning and empty lines before this line do not matter, and
// blanks around the words do not either. A version of Python 3 may follow the name ("python3.11").
//
// A text is nearly a program if its first line was probably meant to make it one: another line that begins with `#!`,
// or `#python`. Such a text is not saved, because its source would appear on the page.
struct ProgramText {
  enum class Kind { kText, kProgram, kNearly };
  Kind kind = Kind::kText;
  std::string why = {};  // with kNearly: a sentence for the author that says what is wrong with the first line
};

// Works for any bytes. `why` is UTF-8 if `text` is UTF-8.
ProgramText ReadProgramText(std::string_view text);

inline bool IsProgram(std::string_view text) { return ReadProgramText(text).kind == ProgramText::Kind::kProgram; }

// Returns the text without a byte order mark at its beginning. Python does not compile a text that begins with one.
std::string_view WithoutByteOrderMark(std::string_view text);

}  // namespace zoobar
