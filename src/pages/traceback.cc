// Finds in a traceback what is about the author's own program. Python's library and the code around the program have
// frames too, and they tell the author less.
#include <charconv>

#include "pages/pages.h"

namespace zoobar {
namespace {

constexpr std::string_view kOwnFrame = "  File \"profile\", line ";  // as src/sandbox/prelude.py names the program
constexpr std::string_view kOtherFrame = "  File \"";
constexpr std::string_view kBegin = "Traceback (most recent call last):";

// Removes the first line from `rest` and returns it, without its end.
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return line;
}

// Makes `whole` longer by `line`, which follows it in the same text.
void Extend(std::string_view& whole, std::string_view line) {
  whole = {whole.data(), static_cast<std::size_t>(line.data() + line.size() - whole.data())};
}

// Reads "  File "profile", line 3, in greet". Returns line 0 if this is no such line.
OwnLines::Frame OwnFrame(std::string_view line) {
  OwnLines::Frame frame;
  if (!line.starts_with(kOwnFrame)) return frame;
  line.remove_prefix(kOwnFrame.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), frame.line);
  if (error != std::errc()) return {};
  frame.text = line.substr(static_cast<std::size_t>(end - line.data()));
  // The name of the program's outermost lines says nothing.
  if (frame.text == ", in <module>") frame.text.remove_prefix(frame.text.size());
  return frame;
}

}  // namespace

OwnLines OwnLinesOf(std::string_view errors) {
  OwnLines found, current;
  bool in_own = false;  // the lines that follow belong to the last frame of `current`
  bool any = false;     // `current` has frames, own ones or others
  while (!errors.empty()) {
    const std::string_view line = TakeLine(errors);
    if (line == kBegin) {
      current = {};
      any = in_own = false;
    } else if (const OwnLines::Frame frame = OwnFrame(line); frame.line != 0) {
      current.frames.push_back(frame);
      any = in_own = true;
    } else if (line.starts_with(kOtherFrame)) {
      any = true;
      in_own = false;
    } else if (line.starts_with(' ')) {
      if (in_own) Extend(current.frames.back().text, line);
    } else if (any) {  // the line of the error ends the traceback
      current.error = line;
      found = std::move(current);
      current = {};
      any = in_own = false;
    }
    if (current.frames.size() > OwnLines::kMostFrames) current.frames.erase(current.frames.begin());
  }
  return found.frames.empty() ? OwnLines() : found;
}

}  // namespace zoobar
