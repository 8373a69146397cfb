#include "text/transcript.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr char kMarkerBegin = '\x1e', kMarkerEnd = '\x1f';
constexpr std::size_t kDigits = 20;  // a marker's number has at most so many

// Returns the text as a page can show it.
std::string Visible(std::string_view bytes) {
  const std::string mended = MendUtf8(bytes);
  std::string visible;
  for (std::string_view rest = mended; !rest.empty();) {
    const Utf8Character next = FirstUtf8(rest);
    const bool control = next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0);
    if (!control || next.code == '\n' || next.code == '\t') visible += rest.substr(0, next.length);
    rest.remove_prefix(next.length);
  }
  return visible;
}

bool IsBase64(char c) { return IsLetter(c) || IsDigit(c) || c == '+' || c == '/' || c == '='; }

// Shortens what is in data: addresses. The page shows the picture itself, and the thousands of letters that stand for it
// would hide the text around them.
std::string WithoutData(std::string text) {
  constexpr std::string_view kBegin = ";base64,";
  std::string shortened;
  std::size_t kept = 0;  // the text before this byte is in `shortened`
  for (std::size_t at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), IsBase64);
    const std::size_t letters = static_cast<std::size_t>(end - text.begin()) - at;
    if (letters <= Transcript::kMostData) continue;
    shortened += text.substr(kept, at + Transcript::kDataShown - kept);
    shortened += fmt::format("[{} letters are left out here]", letters - Transcript::kDataShown);
    kept = at + letters;
  }
  return kept == 0 ? std::move(text) : shortened + text.substr(kept);
}

// If `text` begins with a marker, or with the beginning of one at its end, removes it and returns true. Sets `place` if
// the marker is whole and its number fits.
bool TakeMarker(std::string_view& text, std::uint64_t& place) {
  if (!text.starts_with(kMarkerBegin)) return false;
  std::size_t end = 1;
  while (end < text.size() && end <= kDigits && IsDigit(text[end])) ++end;
  const bool whole = end > 1 && end < text.size() && text[end] == kMarkerEnd;
  if (whole) {
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data() + 1, text.data() + end, number);
    if (error == std::errc()) place = number;
    text.remove_prefix(end + 1);
  } else {
    text.remove_prefix(end == text.size() ? end : 1);
  }
  return true;
}

class Maker {
 public:
  explicit Maker(std::string_view output) : output_(output) {}

  void Errors(std::string_view text) {
    while (!text.empty()) {
      std::uint64_t place = at_;
      if (TakeMarker(text, place)) {
        OutputTo(place);
        continue;
      }
      const std::size_t end = std::min(text.find(kMarkerBegin), text.size());
      Add(true, text.substr(0, end));
      text.remove_prefix(end);
    }
  }

  Transcript Done() {
    OutputTo(output_.size());
    for (TranscriptPiece& piece : made_.pieces) piece.text = WithoutData(std::move(piece.text));
    made_.errors = WithoutData(std::move(made_.errors));
    return std::move(made_);
  }

 private:
  // Adds the output up to this byte, if it is not there yet. A place before the last one changes nothing.
  void OutputTo(std::uint64_t place) {
    if (place <= at_) return;
    const std::size_t to = place >= output_.size() ? output_.size() : CutUtf8(output_, place).size();
    if (to <= at_ || (made_.pieces.size() >= Transcript::kMostPieces && to < output_.size())) return;
    Add(false, output_.substr(at_, to - at_));
    at_ = to;
  }

  void Add(bool error, std::string_view bytes) {
    std::string text = Visible(bytes);
    if (text.empty()) return;
    if (error) made_.errors += text;
    if (!made_.pieces.empty() && made_.pieces.back().error == error) {
      made_.pieces.back().text += text;
    } else {
      made_.pieces.push_back({error, std::move(text)});
    }
  }

  const std::string_view output_;
  std::size_t at_ = 0;  // the output before this byte is in the transcript
  Transcript made_;
};

std::string Missing(std::uint64_t bytes) { return fmt::format("\n[{} bytes are left out here]\n", bytes); }

// One line of `text` that begins at `begin`, without its line end.
std::string_view LineAt(std::string_view text, std::size_t begin) {
  return text.substr(begin, text.find('\n', begin) - begin);
}

constexpr std::string_view kCurrent = "Current thread 0x", kOther = "Thread 0x", kFrame = "  File \"";
constexpr std::string_view kRecent = " (most recent call first):";

bool IsHeader(std::string_view line) {
  const bool thread = line.starts_with(kCurrent) || line.starts_with(kOther);
  return thread && line.find(kRecent) != line.npos;
}

bool IsDumpLine(std::string_view line) {
  return line.empty() || IsHeader(line) || line.starts_with(kFrame) || line == "  ..." ||
         line == "  <no Python frame>" || line.starts_with("Extension modules: ");
}

// Reads a line such as `  File "profile", line 3 in <module>`.
void ReadFrame(std::string_view line, StoppedAt& at) {
  constexpr std::string_view kOurs = "  File \"profile\", line ";
  if (line.find("threading.py\"") != line.npos && line.ends_with(" in _shutdown")) at.in_shutdown = at.lines.empty();
  if (!line.starts_with(kOurs) || at.lines.size() >= StoppedAt::kMostLines) return;
  std::uint32_t number = 0;
  line.remove_prefix(kOurs.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error == std::errc() && number > 0) at.lines.push_back(number);
}

}  // namespace

Transcript MakeTranscript(std::string_view output, std::string_view errors) {
  Maker maker(output);
  maker.Errors(errors);
  return maker.Done();
}

void ErrorBytes::Add(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t to_head = std::min(bytes.size(), kHead - head_.size());
  head_ += bytes.substr(0, to_head);
  tail_ += bytes.substr(to_head);
  // The tail is cut only now and then, so that many small pieces cost little.
  if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
}

std::string ErrorBytes::Text() const {
  const std::size_t kept = std::min(tail_.size(), kTail);
  const std::uint64_t missing = total_ - head_.size() - kept;
  if (missing == 0) return head_ + tail_;
  return head_ + Missing(missing) + tail_.substr(tail_.size() - kept);
}

std::string KeepEnds(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  const std::string_view head = CutUtf8(text, bytes / 2);
  std::size_t begin = text.size() - bytes / 2;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return std::string(head) + Missing(begin - head.size()) + std::string(text.substr(begin));
}

StoppedAt TakeDump(std::string& errors) {
  StoppedAt at;
  const std::size_t current = errors.rfind(kCurrent);
  if (current == errors.npos || !IsHeader(LineAt(errors, current))) return at;
  // The frames of the thread that was running.
  std::size_t end = current + LineAt(errors, current).size() + 1;
  while (end < errors.size() && !IsHeader(LineAt(errors, end)) && IsDumpLine(LineAt(errors, end))) {
    ReadFrame(LineAt(errors, end), at);
    end += LineAt(errors, end).size() + 1;
  }
  if (!at.known()) return at;
  // Other threads may come after it and before it.
  while (end < errors.size() && IsDumpLine(LineAt(errors, end))) end += LineAt(errors, end).size() + 1;
  std::size_t begin = current;
  while (begin > 0 && errors[begin - 1] == '\n') {
    const std::size_t before = begin < 2 ? 0 : errors.rfind('\n', begin - 2) + 1;  // npos + 1 is 0
    if (!IsDumpLine(LineAt(errors, before))) break;
    begin = before;
  }
  errors.erase(begin, std::min(end, errors.size()) - begin);
  return at;
}

}  // namespace zoobar
