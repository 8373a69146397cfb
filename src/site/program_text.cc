#include "site/program_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";
constexpr std::size_t kQuoted = 40;  // bytes of the first line that a complaint repeats

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Removes the first word from `text` and returns it.
std::string_view TakeWord(std::string_view& text) {
  text = Trimmed(text);
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text = Trimmed(text.substr(word.size()));
  return word;
}

std::string_view FirstLine(std::string_view text) {
  text = WithoutByteOrderMark(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const std::string_view line = Trimmed(text.substr(0, end)); !line.empty()) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

// Returns whether `name` is "python", "python3" or "python3." with a number.
bool NamesPython3(std::string_view name) {
  constexpr std::string_view kPython = "python", kVersion = "3.";
  if (!name.starts_with(kPython)) return false;
  const std::string_view version = name.substr(kPython.size());
  if (version.empty() || version == "3") return true;
  return version.starts_with(kVersion) && version.size() > kVersion.size() &&
         version.find_first_not_of("0123456789", kVersion.size()) == version.npos;
}

// Returns whether the line is like `#python` or `# !python`, where the mark of a program was meant.
bool LooksLikeTheMark(std::string_view line) {
  std::string name;
  for (const char c : line) {
    if (kBlanks.find(c) == kBlanks.npos && c != '!') name += ToLower(c);
  }
  return name == "#python" || name == "#python3";
}

ProgramText Nearly(std::string_view line, std::string_view what) {
  const std::string_view quoted = CutUtf8(line, kQuoted);
  return {ProgramText::Kind::kNearly,
          fmt::format("The first line is \u201c{}{}\u201d. {} If this is a program, write #!python there.", quoted,
                      quoted.size() < line.size() ? "\u2026" : "", what)};
}

}  // namespace

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

ProgramText ReadProgramText(std::string_view text) {
  const std::string_view line = FirstLine(text);
  if (!line.starts_with("#!")) {
    if (!LooksLikeTheMark(line)) return {};
    return Nearly(line, "That line does not make it a program.");
  }
  std::string_view rest = line.substr(2);
  const auto last_part = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  std::string_view name = last_part(TakeWord(rest));
  if (name == "env") name = last_part(TakeWord(rest));
  if (!NamesPython3(name)) return Nearly(line, "This site runs Python 3 and no other language.");
  if (!rest.empty()) return Nearly(line, "Nothing may follow the name of Python on that line.");
  return {ProgramText::Kind::kProgram};
}

}  // namespace zoobar
