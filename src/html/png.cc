// PNG: a signature and chunks (https://www.w3.org/TR/png).
#include <array>

#include "html/bytes_reader.h"
#include "html/picture.h"

namespace zoobar {
namespace png {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";

constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xEDB88320u ^ value >> 1 : value >> 1;
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = MakeCrcTable();

std::uint32_t Crc(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

struct Head {
  std::uint32_t width = 0, height = 0, depth = 0, colour = 0;
};

// Returns whether the standard allows this depth for this type of colour.
bool AllowedDepth(const Head& head) {
  switch (head.colour) {
    case 0:  // grey
      return head.depth == 1 || head.depth == 2 || head.depth == 4 || head.depth == 8 || head.depth == 16;
    case 3:  // palette
      return head.depth == 1 || head.depth == 2 || head.depth == 4 || head.depth == 8;
    case 2:  // red, green, blue
    case 4:  // grey, alpha
    case 6:  // red, green, blue, alpha
      return head.depth == 8 || head.depth == 16;
    default:
      return false;
  }
}

std::optional<Head> ReadHead(std::string_view data) {
  BytesReader reader(data);
  Head head;
  head.width = reader.Big(4);
  head.height = reader.Big(4);
  head.depth = reader.Big(1);
  head.colour = reader.Big(1);
  const std::uint32_t compression = reader.Big(1), filter = reader.Big(1), interlace = reader.Big(1);
  if (reader.failed() || !reader.left().empty() || compression != 0 || filter != 0 || interlace > 1) return {};
  if (!AllowedDepth(head) || !AllowedSize(head.width, head.height)) return {};
  return head;
}

// What is known of the file while its chunks are read.
struct Progress {
  std::optional<Head> head;
  std::size_t colours = 0;  // of the palette
  bool transparency = false, data = false, data_ended = false, end = false;
};

bool AllowedPalette(const Progress& progress, std::string_view data) {
  const std::uint32_t colour = progress.head->colour;
  if (progress.colours > 0 || progress.transparency || progress.data || colour == 0 || colour == 4) return false;
  return !data.empty() && data.size() % 3 == 0 && data.size() / 3 <= 256;
}

bool AllowedTransparency(const Progress& progress, std::string_view data) {
  if (progress.transparency || progress.data) return false;
  switch (progress.head->colour) {
    case 0:
      return data.size() == 2;
    case 2:
      return data.size() == 6;
    case 3:
      return !data.empty() && data.size() <= progress.colours;
    default:
      return false;
  }
}

enum class Verdict { kKeep, kLeaveOut, kRefuse };

// Decides about a chunk of which a decoder needs to know, and notes what it says. Chunks that a decoder need not know
// have a lower-case first letter; except for the transparency they are left out.
Verdict Judge(std::string_view type, std::string_view data, Progress& progress) {
  const auto keep_if = [](bool allowed) { return allowed ? Verdict::kKeep : Verdict::kRefuse; };
  if (!progress.head) {
    if (type == "IHDR") progress.head = ReadHead(data);
    return keep_if(progress.head.has_value());
  }
  if (type == "IDAT") {
    const bool allowed = !progress.data_ended && (progress.head->colour != 3 || progress.colours > 0);
    progress.data = true;
    return keep_if(allowed);
  }
  progress.data_ended = progress.data;
  if (type == "IEND") {
    progress.end = true;
    return keep_if(progress.data && data.empty());
  }
  if (type == "PLTE") {
    const bool allowed = AllowedPalette(progress, data);
    progress.colours = data.size() / 3;
    return keep_if(allowed);
  }
  if (type == "tRNS") {
    const bool allowed = AllowedTransparency(progress, data);
    progress.transparency = true;
    return keep_if(allowed);
  }
  return type[0] >= 'a' && type[0] <= 'z' ? Verdict::kLeaveOut : Verdict::kRefuse;
}

}  // namespace

std::optional<Picture> Clean(std::string_view file) {
  if (!file.starts_with(kSignature)) return {};
  Picture picture{std::string(kSignature), 0};
  Progress progress;
  BytesReader reader(file.substr(kSignature.size()));
  while (!progress.end) {
    const std::string_view chunk = reader.left();
    const std::uint32_t length = reader.Big(4);
    const std::string_view checked = reader.left().substr(0, std::size_t{length} + 4);
    const std::string_view type = reader.Take(4), data = reader.Take(length);
    const std::uint32_t crc = reader.Big(4);
    if (reader.failed() || crc != Crc(checked)) return {};
    const Verdict verdict = Judge(type, data, progress);
    if (verdict == Verdict::kRefuse) return {};
    if (verdict == Verdict::kKeep) picture.bytes += chunk.substr(0, std::size_t{length} + 12);
  }
  picture.pixels = std::uint64_t{progress.head->width} * progress.head->height;
  return picture;
}

}  // namespace png

std::optional<Picture> CleanPng(std::string_view file) { return png::Clean(file); }

}  // namespace zoobar
