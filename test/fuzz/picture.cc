// Pictures that members write (src/html/picture.h): PNG, JPEG, GIF and WebP as files, and pictures as data: addresses.
#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/require.h"
#include "html/picture.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 3000;

std::uint32_t Number(std::string_view bytes, std::size_t at, std::size_t count, bool big) {
  Require(at + count <= bytes.size(), "the picture has its whole head");
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + (big ? i : count - 1 - i)]);
    number = number << 8 | byte;
  }
  return number;
}
std::uint32_t Big(std::string_view bytes, std::size_t at, std::size_t count) { return Number(bytes, at, count, true); }
std::uint32_t Little(std::string_view bytes, std::size_t at, std::size_t count) {
  return Number(bytes, at, count, false);
}

std::uint32_t Crc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

// Gives each chunk of a PNG its right sum, which a change of a byte hardly ever does.
std::string WithSums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = Big(png, at, 4);
    if (length > png.size() - at - 12) break;
    const std::uint32_t crc = Crc(std::string_view(png).substr(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i) png[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
    at += length + 12;
  }
  return png;
}

// What each format says about its size, and which parts it has. Each function returns the pixels that a decoder makes.
std::uint64_t Pixels(std::uint64_t width, std::uint64_t height) {
  Require(width >= 1 && height >= 1 && width <= kMaxPictureSide && height <= kMaxPictureSide, "each side is bounded");
  Require(width * height <= kMaxPicturePixels, "the pixels are bounded");
  return width * height;
}

std::uint64_t PixelsOfPng(std::string_view file) {
  std::string order;  // the first letters of the chunks
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t length = Big(file, at, 4);
    const std::string_view type = file.substr(at + 4, 4);
    static const std::set<std::string_view> kKept = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    Require(kKept.contains(type), "a PNG has only the chunks that a decoder needs");
    Require(Big(file, at + 8 + length, 4) == Crc(file.substr(at + 4, length + 4)), "each chunk has its sum");
    if (!(type == "IDAT" && order.ends_with('D'))) order += type == "IDAT" ? 'D' : type == "IEND" ? 'E' : type[0];
    at += length + 12;
  }
  Require(order == "IDE" || order == "IPDE" || order == "ItDE" || order == "IPtDE", "the chunks are in their order");
  return Pixels(Big(file, 16, 4), Big(file, 20, 4));
}

std::uint64_t PixelsOfGif(std::string_view file) {
  const std::uint32_t width = Little(file, 6, 2), height = Little(file, 8, 2), flags = Little(file, 10, 1);
  std::size_t at = 13 + (flags & 0x80 ? std::size_t{3} << ((flags & 7) + 1) : 0);
  for (;;) {
    const std::uint32_t kind = Little(file, at, 1);
    if (kind == 0x21) {
      Require(Little(file, at + 1, 1) == 0xF9, "of the extensions, only the control is kept");
      at += 2;
    } else {
      Require(kind == 0x2C, "an image follows");
      const std::uint32_t colours = Little(file, at + 9, 1);
      Require(Little(file, at + 1, 2) + Little(file, at + 5, 2) <= width, "the image lies on the screen");
      Require(Little(file, at + 3, 2) + Little(file, at + 7, 2) <= height, "the image lies on the screen");
      at += 11 + (colours & 0x80 ? std::size_t{3} << ((colours & 7) + 1) : 0);
    }
    while (const std::uint32_t length = Little(file, at, 1)) at += length + 1;
    ++at;
    if (kind == 0x2C) break;
  }
  Require(file.substr(at) == ";", "nothing follows the first image");
  return Pixels(width, height);
}

std::uint64_t PixelsOfJpeg(std::string_view file) {
  Require(file.starts_with("\xFF\xD8") && file.ends_with("\xFF\xD9"), "the marks of begin and end");
  std::uint64_t pixels = 0;
  int scans = 0;
  for (std::size_t at = 2; at + 2 < file.size();) {
    Require(Big(file, at, 1) == 0xFF, "a marker");
    const std::uint32_t marker = Big(file, at + 1, 1), length = Big(file, at + 2, 2);
    static const std::set<std::uint32_t> kKept = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xEE};
    Require(kKept.contains(marker), "a JPEG has only the segments that a decoder needs");
    if (marker >= 0xC0 && marker <= 0xC2) {
      Require(pixels == 0, "one frame");
      pixels = Pixels(Big(file, at + 7, 2), Big(file, at + 5, 2));
    }
    if (marker == 0xE0) Require(length == 16 && Big(file, at + 16, 2) == 0, "no small picture in the head");
    if (marker == 0xEE) Require(length == 14, "only Adobe's own segment");
    at += 2 + length;
    if (marker != 0xDA) continue;
    Require(pixels > 0 && ++scans <= kMaxJpegScans, "scans are bounded, and follow the frame");
    while (at + 2 < file.size() &&
           (Big(file, at, 1) != 0xFF || Big(file, at + 1, 1) == 0 || Big(file, at + 1, 1) == 0xFF ||
            (Big(file, at + 1, 1) >= 0xD0 && Big(file, at + 1, 1) <= 0xD7)))
      ++at;
  }
  Require(scans > 0, "it has a scan");
  return pixels;
}

std::uint64_t PixelsOfWebp(std::string_view file) {
  Require(file.starts_with("RIFF") && file.substr(8, 4) == "WEBP", "a RIFF file of WebP");
  Require(Little(file, 4, 4) + 8 == file.size(), "it has the length that it says");
  std::uint64_t pixels = 0, canvas = 0;
  for (std::size_t at = 12; at < file.size();) {
    const std::string_view type = file.substr(at, 4);
    const std::size_t length = Little(file, at + 4, 4);
    Require(length <= file.size() - at - 8 && pixels == 0, "the frame is the last part");
    if (type == "VP8X") {
      Require(Little(file, at + 8, 4) == 0x10, "only the flag of transparency");
      canvas = Pixels(Little(file, at + 12, 3) + 1, Little(file, at + 15, 3) + 1);
    } else if (type == "VP8 ") {
      pixels = Pixels(Little(file, at + 14, 2) & 0x3FFF, Little(file, at + 16, 2) & 0x3FFF);
    } else if (type == "VP8L") {
      const std::uint32_t head = Little(file, at + 9, 4);
      pixels = Pixels((head & 0x3FFF) + 1, (head >> 14 & 0x3FFF) + 1);
    } else {
      Require(type == "ALPH" && canvas > 0, "a WebP has only the parts that a decoder needs");
    }
    at += 8 + length + length % 2;
  }
  Require(pixels > 0 && (canvas == 0 || canvas == pixels), "the canvas has the size of the frame");
  return pixels;
}

std::string Text64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

struct Format {
  const char* type;
  std::optional<Picture> (*clean)(std::string_view);
  std::uint64_t (*pixels)(std::string_view);
};
constexpr Format kFormats[] = {{"image/png", CleanPng, PixelsOfPng},
                               {"image/gif", CleanGif, PixelsOfGif},
                               {"image/jpeg", CleanJpeg, PixelsOfJpeg},
                               {"image/webp", CleanWebp, PixelsOfWebp}};

void CheckFile(std::string_view file) {
  int known = 0;
  for (const Format& format : kFormats) {
    const std::optional<Picture> picture = format.clean(file);
    if (!picture) continue;
    Require(++known == 1, "a file is a picture of one type");
    Require(picture->bytes.size() <= file.size() + 2, "nothing is added");
    Require(format.pixels(picture->bytes) == picture->pixels, "the pixels are those of the head");
    const std::optional<Picture> again = format.clean(picture->bytes);
    Require(again && again->bytes == picture->bytes && again->pixels == picture->pixels,
            "cleaning twice changes nothing");
    const ParseBudget budget(1 << 20, std::chrono::seconds(60));
    const std::string head = "data:" + std::string(format.type) + ";base64,";
    const auto address = CleanPictureAddress(head + Text64(file), budget);
    Require(address && address->address == head + Text64(picture->bytes) && address->pixels == picture->pixels,
            "as an address it is the same picture");
  }
}

void CheckAddress(std::string_view text) {
  const ParseBudget budget(32 << 20, std::chrono::milliseconds(150));
  const auto address = CleanPictureAddress(text, budget);
  if (!address) return;
  Require(address->pixels >= 1 && address->pixels <= kMaxPicturePixels, "the pixels are bounded");
  Require(address->address.starts_with("data:image/"), "an address of a picture");
  const std::string_view data = std::string_view(address->address).substr(address->address.find(',') + 1);
  Require(data.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == data.npos,
          "only letters of base64");
  const ParseBudget ample(32 << 20, std::chrono::seconds(60));
  const auto again = CleanPictureAddress(address->address, ample);
  Require(again && again->address == address->address && again->pixels == address->pixels,
          "cleaning twice changes nothing");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  CheckFile(input);
  if (input.starts_with("\x89PNG\r\n\x1a\n")) CheckFile(WithSums(input));
  CheckAddress(input);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
