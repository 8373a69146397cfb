#include "credentials/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

namespace zoobar {
namespace {

using Points = std::vector<utf8proc_int32_t, WipingAllocator<utf8proc_int32_t>>;

// UTF8PROC_STABLE allows only compositions that no later version of Unicode may change. NFC requires this.
constexpr auto kNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

utf8proc_int32_t SpaceToAscii(utf8proc_int32_t point, void*) {
  return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS ? ' ' : point;
}

bool ValidAndWithoutControls(std::string_view utf8) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  auto left = static_cast<utf8proc_ssize_t>(utf8.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t read = utf8proc_iterate(at, left, &point);
    if (read <= 0 || utf8proc_category(point) == UTF8PROC_CATEGORY_CC) return false;
    at += read;
    left -= read;
  }
  return true;
}

}  // namespace

std::optional<Bytes> ToNfc(std::string_view utf8, Spaces spaces) {
  if (!ValidAndWithoutControls(utf8)) return std::nullopt;
  const auto* text = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
  const utf8proc_custom_func mapping = spaces == Spaces::kToAscii ? SpaceToAscii : nullptr;

  // The library's utf8proc_map() allocates with malloc and wipes nothing. So we call the functions that it calls, with
  // our own buffers. A code point takes at least one byte, and its canonical decomposition has at most four code
  // points. So this buffer is large enough.
  Points points;
  points.resize(4 * utf8.size());
  const utf8proc_ssize_t decomposed = utf8proc_decompose_custom(
      text, size, points.data(), static_cast<utf8proc_ssize_t>(points.size()), kNfc, mapping, nullptr);
  if (decomposed < 0 || decomposed > static_cast<utf8proc_ssize_t>(points.size())) return std::nullopt;
  const utf8proc_ssize_t composed = utf8proc_normalize_utf32(points.data(), decomposed, kNfc);
  if (composed < 0) return std::nullopt;

  Bytes nfc;
  nfc.resize(4 * static_cast<std::size_t>(composed));
  std::size_t used = 0;
  for (utf8proc_ssize_t i = 0; i < composed; ++i) {
    auto* place = reinterpret_cast<utf8proc_uint8_t*>(nfc.data() + used);
    used += static_cast<std::size_t>(utf8proc_encode_char(points[static_cast<std::size_t>(i)], place));
  }
  // A vector that shrinks does not wipe its tail, but nothing was written to the tail.
  nfc.resize(used);
  return nfc;
}

std::size_t CodePoints(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

}  // namespace zoobar
