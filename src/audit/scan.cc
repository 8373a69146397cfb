#include "audit/scan.h"

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zoobar::audit {
namespace {

constexpr std::size_t kChunk = 256 * 1024;

bool HasEvent(std::string_view line, std::string_view event) {
  return line.find(fmt::format("\"event\":\"{}\"", event)) != line.npos;
}

Begin BeginOf(std::string_view line) {
  const std::string_view found = TextMember(line, kFoundField);
  return {RecordId::Parse(found), RecordId::Parse(TextMember(line, kNotedField)), TextMember(line, kTornField) == "1",
          found == kUnknownEnd};
}

}  // namespace

Status Scan::Read(std::string name, int fd) {
  files_.push_back({std::move(name)});
  std::string chunk(kChunk, '\0'), begun;  // begun: the first part of a line, at most kMaxLine + 1 bytes
  const auto keep = [&begun](std::string_view part) {
    begun += part.substr(0, kMaxLine + 1 - std::min(begun.size(), kMaxLine + 1));
  };
  for (File& file = files_.back();;) {
    const ssize_t count = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(file.bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::FromErrno(file.name);
    if (count == 0) break;
    file.bytes += static_cast<std::uint64_t>(count);
    std::string_view rest(chunk.data(), static_cast<std::size_t>(count));
    for (std::size_t feed; (feed = rest.find('\n')) != rest.npos; rest.remove_prefix(feed + 1)) {
      if (begun.empty()) {
        TakeLine(rest.substr(0, feed), true);
      } else {
        keep(rest.substr(0, feed));
        TakeLine(begun, true);
        begun.clear();
      }
    }
    keep(rest);
  }
  if (!begun.empty()) TakeLine(begun, false);
  return {};
}

// A run ends with its file.
bool Scan::Extends(const SealedLine& sealed) const {
  if (pieces_.empty() || !pieces_.back().sound || pieces_.back().file != files_.size() - 1) return false;
  const Piece& run = pieces_.back();
  return sealed.id == run.last.Next() && sealed.prev == run.last_mac;
}

void Scan::TakeLine(std::string_view line, bool finished) {
  static const std::string end_event = fmt::format("\"event\":\"{}\"", kEndEvent);
  const std::uint64_t number = ++files_.back().lines;
  const std::optional<SealedLine> sealed = finished ? ReadSealed(line) : std::nullopt;
  const Key* const key = sealed ? keys_.Find(sealed->id) : nullptr;
  if (!key) return AddBad(finished);
  const Mac right = SealOf(*key, sealed->covered);
  if (sodium_memcmp(right.data(), sealed->mac.data(), right.size()) != 0) return AddBad(finished);
  if (!Extends(*sealed)) {
    Piece run{.sound = true, .file = files_.size() - 1, .line = number};
    run.first = sealed->id;
    run.first_prev = sealed->prev;
    if (sealed->id.line == 0 && HasEvent(line, kBeginEvent)) run.begin = BeginOf(line);
    pieces_.push_back(run);
  }
  Piece& run = pieces_.back();
  ++run.lines;
  run.last = sealed->id;
  run.last_mac = sealed->mac;
  run.ends = line.find(end_event) != line.npos;
}

void Scan::AddBad(bool finished) {
  if (pieces_.empty() || pieces_.back().sound || pieces_.back().file != files_.size() - 1)
    pieces_.push_back({.file = files_.size() - 1, .line = files_.back().lines});
  ++pieces_.back().lines;
  pieces_.back().unfinished = !finished;
}

}  // namespace zoobar::audit
