// JPEG: segments that begin with markers (ITU T.81), in a JFIF or Adobe file.
#include "html/bytes_reader.h"
#include "html/picture.h"

namespace zoobar {
namespace jpeg {
namespace {

constexpr unsigned kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA, kTables = 0xDB, kRestart = 0xDD, kHuffman = 0xC4;
constexpr unsigned kApplication0 = 0xE0, kApplication14 = 0xEE, kApplication15 = 0xEF, kComment = 0xFE;

bool IsFrame(unsigned marker) { return marker >= 0xC0 && marker <= 0xC2; }  // baseline, extended, progressive
bool IsMetadata(unsigned marker) { return (marker >= kApplication0 && marker <= kApplication15) || marker == kComment; }

// Reads the head of the frame. Returns its number of pixels, or nullopt if it is not allowed.
std::optional<std::uint64_t> ReadFrame(std::string_view data) {
  BytesReader reader(data);
  const std::uint32_t bits = reader.Big(1), height = reader.Big(2), width = reader.Big(2), components = reader.Big(1);
  if (reader.failed() || bits != 8 || (components != 1 && components != 3 && components != 4)) return {};
  if (reader.left().size() != std::size_t{components} * 3 || !AllowedSize(width, height)) return {};
  for (std::uint32_t i = 0; i < components; ++i) {
    reader.Take(1);
    const std::uint32_t sampling = reader.Big(1);
    reader.Take(1);
    const std::uint32_t across = sampling >> 4, down = sampling & 15;
    if (across < 1 || across > 4 || down < 1 || down > 4) return {};
  }
  return std::uint64_t{width} * height;
}

// Returns how many bytes of compressed data stand before the next marker. In the data, 0xFF is followed by 0 or by a
// restart marker.
std::size_t CompressedBytes(std::string_view data) {
  for (std::size_t at = 0; at + 1 < data.size(); ++at) {
    if (static_cast<unsigned char>(data[at]) != 0xFF) continue;
    const auto next = static_cast<unsigned char>(data[at + 1]);
    if (next != 0 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) return at;
  }
  return data.size();
}

void Write(unsigned marker, std::string_view data, std::string& bytes) {
  bytes += '\xFF';
  bytes += static_cast<char>(marker);
  bytes += static_cast<char>((data.size() + 2) >> 8);
  bytes += static_cast<char>((data.size() + 2) & 0xFF);
  bytes += data;
}

// Returns the next marker, or 0 if there is none. Further bytes 0xFF before a marker only fill the file.
unsigned NextMarker(BytesReader& reader) {
  if (reader.Big(1) != 0xFF) return 0;
  unsigned marker = 0xFF;
  while (marker == 0xFF && !reader.failed()) marker = reader.Big(1);
  return reader.failed() ? 0 : marker;
}

class Writer {
 public:
  // Takes one segment. Returns false if the file is refused.
  bool Take(unsigned marker, std::string_view data, BytesReader& reader) {
    if (marker == kTables || marker == kHuffman || marker == kRestart) {
      Write(marker, data, picture_.bytes);
      return true;
    }
    if (IsFrame(marker)) {
      const auto pixels = ReadFrame(data);
      if (!pixels || picture_.pixels > 0) return false;
      picture_.pixels = *pixels;
      Write(marker, data, picture_.bytes);
      return true;
    }
    if (marker == kScan) {
      if (picture_.pixels == 0 || ++scans_ > kMaxJpegScans) return false;
      Write(marker, data, picture_.bytes);
      picture_.bytes += reader.Take(CompressedBytes(reader.left()));
      return true;
    }
    // These two segments say how colours are stored, so they are kept, without the small picture that the first may
    // contain. All other metadata is left out.
    if (marker == kApplication0 && data.size() >= 14 && data.starts_with(std::string_view("JFIF\0", 5)))
      Write(marker, std::string(data.substr(0, 12)) + std::string(2, '\0'), picture_.bytes);
    if (marker == kApplication14 && data.size() == 12 && data.starts_with("Adobe")) Write(marker, data, picture_.bytes);
    return IsMetadata(marker);
  }

  std::optional<Picture> Finish() {
    if (scans_ == 0) return {};
    picture_.bytes += "\xFF\xD9";
    return std::move(picture_);
  }

 private:
  Picture picture_{"\xFF\xD8", 0};
  int scans_ = 0;
};

}  // namespace

std::optional<Picture> Clean(std::string_view file) {
  BytesReader reader(file);
  if (NextMarker(reader) != kStart) return {};
  Writer writer;
  for (;;) {
    const unsigned marker = NextMarker(reader);
    if (marker == kEnd) return writer.Finish();
    const std::uint32_t length = reader.Big(2);
    if (marker == 0 || reader.failed() || length < 2) return {};
    const std::string_view data = reader.Take(length - 2);
    if (reader.failed() || !writer.Take(marker, data, reader)) return {};
  }
}

}  // namespace jpeg

std::optional<Picture> CleanJpeg(std::string_view file) { return jpeg::Clean(file); }

}  // namespace zoobar
