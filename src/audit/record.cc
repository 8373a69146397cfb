#include "audit/record.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace zoobar::audit {
namespace {

constexpr std::string_view kIdMember = ",\"id\":\"", kPrevMember = "\",\"prev\":\"", kMacMember = "\",\"mac\":\"",
                           kEnd = "\"}";
constexpr std::size_t kHexBytes = 2 * kMacBytes, kMaxDigits = 15, kMaxId = 3 * kMaxDigits + 2;

std::optional<std::uint64_t> NumberAtFront(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  const std::size_t digits = static_cast<std::size_t>(end - text.begin());
  if (error != std::errc() || digits > kMaxDigits || (digits > 1 && text[0] == '0')) return {};
  text.remove_prefix(digits);
  return number;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

std::optional<Mac> TakeMac(std::string_view& text) {
  if (text.size() < kHexBytes) return {};
  const std::optional<Mac> mac = MacOfHex(text.substr(text.size() - kHexBytes));
  if (mac) text.remove_suffix(kHexBytes);
  return mac;
}

// Reads up to `size` bytes from `offset`, as many as there are.
std::string ReadAt(int fd, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = pread(fd, text.data() + got, size - got, static_cast<off_t>(offset + got));
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

}  // namespace

std::string RecordId::Text() const { return fmt::format("{}.{}.{}", start, epoch, line); }

std::optional<RecordId> RecordId::Parse(std::string_view text) {
  RecordId id;
  for (std::uint64_t* part : {&id.start, &id.epoch, &id.line}) {
    if (part != &id.start) {
      if (!text.starts_with('.')) return {};
      text.remove_prefix(1);
    }
    const std::optional<std::uint64_t> number = NumberAtFront(text);
    if (!number) return {};
    *part = *number;
  }
  if (!text.empty()) return {};
  return id;
}

std::string TextOf(const std::optional<RecordId>& id) { return id ? id->Text() : "none"; }

std::string HexOf(const Mac& mac) {
  std::string text(kHexBytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), mac.data(), mac.size());
  text.pop_back();
  return text;
}

std::optional<Mac> MacOfHex(std::string_view hex) {
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (hex.size() != kHexBytes) return {};
  Mac mac;
  for (std::size_t i = 0; i < kMacBytes; ++i) {
    const int high = value(hex[2 * i]), low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return {};
    mac[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return mac;
}

std::string BeginLine(std::string_view line, const RecordId& id, const Mac& prev) {
  line.remove_suffix(1);
  std::string text;
  text.reserve(line.size() + kMaxId + 2 * kHexBytes + 40);
  text += line;
  text += kIdMember;
  text += id.Text();
  text += kPrevMember;
  text += HexOf(prev);
  text += kMacMember;
  return text;
}

std::string EndLine(std::string begun, const Mac& mac) {
  begun += HexOf(mac);
  begun += kEnd;
  return begun;
}

std::optional<SealedLine> ReadSealed(std::string_view line) {
  SealedLine sealed;
  std::string_view rest = line;
  if (line.size() > kMaxLine || !TakeSuffix(rest, kEnd)) return {};
  const std::optional<Mac> mac = TakeMac(rest);
  if (!mac || !rest.ends_with(kMacMember)) return {};
  sealed.mac = *mac;
  sealed.covered = rest;
  rest.remove_suffix(kMacMember.size());
  const std::optional<Mac> prev = TakeMac(rest);
  if (!prev || !TakeSuffix(rest, kPrevMember)) return {};
  sealed.prev = *prev;
  const std::string_view near = rest.substr(rest.size() - std::min(rest.size(), kMaxId + kIdMember.size()));
  const std::size_t at = near.rfind(kIdMember);
  if (at == near.npos) return {};
  const std::optional<RecordId> id = RecordId::Parse(near.substr(at + kIdMember.size()));
  if (!id) return {};
  sealed.id = *id;
  return sealed;
}

FileEnd FindEnd(int fd) {
  FileEnd end;
  struct stat file{};
  end.unknown = fstat(fd, &file) != 0;
  if (file.st_size <= 0) return end;
  const auto size = static_cast<std::uint64_t>(file.st_size);
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, 2 * kMaxLine));
  const std::string text = ReadAt(fd, size - wanted, wanted);
  std::string_view rest = text;
  end.unknown = text.size() < wanted;
  if (end.unknown) return end;
  end.torn = !rest.ends_with('\n');
  // After a power failure the last lines may be damaged, and records may stand before them.
  for (std::size_t feed = rest.rfind('\n'); feed != rest.npos; feed = rest.rfind('\n')) {
    rest = rest.substr(0, feed);
    const std::optional<SealedLine> last = ReadSealed(rest.substr(rest.rfind('\n') + 1));
    if (!last) continue;
    end.id = last->id;
    end.mac = last->mac;
    return end;
  }
  end.unknown = wanted < size;
  return end;
}

std::optional<RecordId> FindFirst(int fd) {
  const std::string text = ReadAt(fd, 0, kMaxLine);
  const std::size_t feed = text.find('\n');
  if (feed == text.npos) return {};
  const std::optional<SealedLine> first = ReadSealed(std::string_view(text).substr(0, feed));
  if (!first) return {};
  return first->id;
}

std::string_view TextMember(std::string_view line, std::string_view name) {
  const std::string key = fmt::format("\"{}\":\"", name);
  const std::size_t at = line.find(key);
  if (at == line.npos) return {};
  const std::string_view value = line.substr(at + key.size());
  return value.substr(0, value.find('"'));
}

}  // namespace zoobar::audit
