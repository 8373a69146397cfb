#include "audit/note.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/try.h"

namespace zoobar::audit {
namespace {

constexpr std::string_view kNoteTitle = "zoobar audit note 1";
constexpr std::size_t kSumDigits = 32;
constexpr std::size_t kMaxFile = 1 << 20;

std::string SumOf(std::string_view text) {
  unsigned char sum[kSumDigits / 2];
  crypto_generichash(sum, sizeof sum, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return ToHex({reinterpret_cast<const char*>(sum), sizeof sum});
}

// Takes the text up to the separator off the front of `rest`.
std::string_view Word(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view word = rest.substr(0, at);
  rest.remove_prefix(at == rest.npos ? rest.size() : at + 1);
  return word;
}

// Sets `id` from the text that TextOf makes. Returns false if it is neither an id nor "none".
bool ReadId(std::string_view text, std::optional<RecordId>* id) {
  *id = RecordId::Parse(text);
  return id->has_value() || text == "none";
}

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.begin(), text.end(), *number);
  return error == std::errc() && end == text.end();
}

std::optional<StartLine> DecodeStart(std::string_view line) {
  StartLine start;
  if (!ReadNumber(Word(line, ' '), &start.number) || !ReadNumber(Word(line, ' '), &start.time_ms)) return {};
  while (!line.empty()) {
    std::string_view rest = Word(line, ' ');
    const std::string log(Word(rest, ':'));
    std::pair<std::optional<RecordId>, std::optional<RecordId>> ends;
    if (!ReadId(Word(rest, ','), &ends.first) || !ReadId(rest, &ends.second)) return {};
    start.ends[log] = ends;
  }
  return start;
}

Result<Bytes> ReadOwn(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return Error::FromErrno(path).As(errno == ENOENT ? Cause::kGone : Cause::kOther);
  Bytes text;
  text.resize(kMaxFile + 1);
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < text.size(); size += static_cast<std::size_t>(count)) {
    count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(path);
  }
  if (size > kMaxFile) return Error::Of("{}: longer than {} bytes", path, kMaxFile);
  text.resize(size);
  return text;
}

std::string PathOf(const std::string& state_dir, std::string_view name) {
  return fmt::format("{}/{}/{}", state_dir, kFolder, name);
}

}  // namespace

std::string EncodeNote(const Note& note) {
  std::string text(kNoteTitle);
  text += '\n';
  for (const auto& [log, noted] : note) text += fmt::format("{} {} {}\n", log, TextOf(noted.end), TextOf(noted.oldest));
  if (text.size() + kSumDigits + 1 > kNoteBytes) Die("the audit note has no room for {} bytes", text.size());
  text.resize(kNoteBytes - kSumDigits - 1, ' ');
  return text + SumOf(text) + "\n";
}

std::optional<Note> DecodeNote(std::string_view text) {
  if (text.size() != kNoteBytes || text.back() != '\n') return {};
  std::string_view lines = text.substr(0, kNoteBytes - kSumDigits - 1);
  if (text.substr(lines.size(), kSumDigits) != SumOf(lines) || Word(lines, '\n') != kNoteTitle) return {};
  Note note;
  while (lines.find('\n') != lines.npos) {
    std::string_view line = Word(lines, '\n');
    Noted& noted = note[std::string(Word(line, ' '))];
    if (!ReadId(Word(line, ' '), &noted.end) || !ReadId(line, &noted.oldest)) return {};
  }
  return note;
}

std::string EncodeStarts(const std::vector<StartLine>& starts) {
  std::string text;
  for (const StartLine& start : starts) {
    text += fmt::format("{} {}", start.number, start.time_ms);
    for (const auto& [log, ends] : start.ends) {
      text += fmt::format(" {}:{},{}", log, TextOf(ends.first), TextOf(ends.second));
    }
    text += '\n';
  }
  return text;
}

Result<std::vector<StartLine>> DecodeStarts(std::string_view text) {
  std::vector<StartLine> starts;
  while (!text.empty()) {
    std::optional<StartLine> start = DecodeStart(Word(text, '\n'));
    if (!start || (!starts.empty() && start->number <= starts.back().number) || starts.size() == kMaxStarts) {
      return Error::Of("line {} is damaged", starts.size() + 1);
    }
    starts.push_back(std::move(*start));
  }
  return starts;
}

Result<Key> ReadSecret(const std::string& state_dir) {
  const std::string path = PathOf(state_dir, "secret");
  TRY(const Bytes text, ReadOwn(path));
  Bytes key;
  key.resize(kKeyBytes);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text.data(), text.size(), nullptr, &size,
                     &end) != 0 ||
      size != kKeyBytes || std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)) != "\n") {
    return Error::Of("{}: it is not {} hexadecimal digits", path, 2 * kKeyBytes);
  }
  return Key(View(key));
}

Result<std::vector<StartLine>> ReadStarts(const std::string& state_dir) {
  const std::string path = PathOf(state_dir, "starts");
  TRY(const Bytes text, ReadOwn(path));
  Result<std::vector<StartLine>> starts = DecodeStarts(View(text));
  if (!starts.ok()) return Error::Of("{}: {}", path, starts.error().text);
  return starts;
}

Result<Note> ReadNote(const std::string& state_dir) {
  const std::string path = PathOf(state_dir, "note");
  TRY(const Bytes text, ReadOwn(path));
  if (text.empty()) return Note();
  const std::optional<Note> note = DecodeNote(View(text));
  if (!note) return Error::Of("{}: it is damaged", path);
  return *note;
}

}  // namespace zoobar::audit
