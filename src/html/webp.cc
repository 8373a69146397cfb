// WebP: a RIFF file (RFC 9649).
#include "html/bytes_reader.h"
#include "html/picture.h"

namespace zoobar {
namespace webp {
namespace {

constexpr std::uint32_t kAlphaFlag = 0x10, kAnimationFlag = 0x02;

struct Size {
  std::uint32_t width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

// The size in the head of a frame with loss (a VP8 key frame).
std::optional<Size> LossySize(std::string_view data) {
  BytesReader reader(data);
  const std::uint32_t tag = reader.Little(3);
  const std::string_view start = reader.Take(3);
  const std::uint32_t width = reader.Little(2), height = reader.Little(2);
  if (reader.failed() || (tag & 1) != 0 || start != "\x9d\x01\x2a") return {};
  return Size{width & 0x3FFF, height & 0x3FFF};  // the upper two bits are only a hint for scaling
}

std::optional<Size> LosslessSize(std::string_view data) {
  BytesReader reader(data);
  const std::uint32_t signature = reader.Little(1), head = reader.Little(4);
  if (reader.failed() || signature != 0x2F || head >> 29 != 0) return {};
  return Size{(head & 0x3FFF) + 1, (head >> 14 & 0x3FFF) + 1};
}

void Write(std::string_view type, std::string_view data, std::string& bytes) {
  bytes += type;
  for (int shift : {0, 8, 16, 24}) bytes += static_cast<char>(data.size() >> shift & 0xFF);
  bytes += data;
  if (data.size() % 2 != 0) bytes += '\0';
}

// The chunks of one file that are kept.
struct Parts {
  std::optional<Size> canvas;  // of VP8X
  bool alpha_wanted = false;
  std::string_view alpha, type, data;
  std::optional<Size> frame;
};

// Takes one chunk. Returns false if the file is refused.
bool TakeChunk(std::string_view type, std::string_view data, bool first, Parts& parts) {
  if (type == "VP8X") {
    BytesReader reader(data);
    const std::uint32_t flags = reader.Little(4), width = reader.Little(3), height = reader.Little(3);
    parts.canvas = Size{width + 1, height + 1};
    parts.alpha_wanted = (flags & kAlphaFlag) != 0;
    return first && !reader.failed() && reader.left().empty() && (flags & kAnimationFlag) == 0;
  }
  if (type == "ANIM" || type == "ANMF") return false;
  if (type == "ALPH") {
    if (!parts.canvas || parts.frame || !parts.alpha.empty() || data.empty()) return false;
    parts.alpha = data;
    return true;
  }
  if (type != "VP8 " && type != "VP8L") return true;  // metadata, which is left out
  if (parts.frame) return false;
  parts.frame = type == "VP8 " ? LossySize(data) : LosslessSize(data);
  parts.type = type;
  parts.data = data;
  return parts.frame && AllowedSize(parts.frame->width, parts.frame->height);
}

std::string Written(const Parts& parts) {
  std::string body = "WEBP";
  const bool alpha = !parts.alpha.empty() && parts.type == "VP8 ";
  if (alpha) {
    std::string head(1, static_cast<char>(kAlphaFlag));
    head += std::string(3, '\0');
    for (const std::uint32_t side : {parts.frame->width - 1, parts.frame->height - 1}) {
      for (int shift : {0, 8, 16}) head += static_cast<char>(side >> shift & 0xFF);
    }
    Write("VP8X", head, body);
    Write("ALPH", parts.alpha, body);
  }
  Write(parts.type, parts.data, body);
  std::string file;
  Write("RIFF", body, file);
  return file;
}

}  // namespace

std::optional<Picture> Clean(std::string_view file) {
  BytesReader outer(file);
  const std::string_view riff = outer.Take(4);
  const std::uint32_t size = outer.Little(4);
  BytesReader reader(outer.Take(size));
  if (outer.failed() || riff != "RIFF" || reader.Take(4) != "WEBP") return {};
  Parts parts;
  for (bool first = true; !reader.left().empty(); first = false) {
    const std::string_view type = reader.Take(4);
    const std::uint32_t length = reader.Little(4);
    const std::string_view data = reader.Take(length);
    if (length % 2 != 0) reader.Take(1);
    if (reader.failed() || !TakeChunk(type, data, first, parts)) return {};
  }
  if (!parts.frame || (parts.canvas && *parts.canvas != *parts.frame)) return {};
  return Picture{Written(parts), std::uint64_t{parts.frame->width} * parts.frame->height};
}

}  // namespace webp

std::optional<Picture> CleanWebp(std::string_view file) { return webp::Clean(file); }

}  // namespace zoobar
