// Pictures in data: addresses: what a decoder needs comes through, and nothing else does.
#include "html/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <random>
#include <string>
#include <vector>

#include "html/sanitize.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

ParseBudget Budget() { return ParseBudget(32 << 20, std::chrono::hours(1)); }

std::string Bytes64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                              nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL),
            0);
  bytes.resize(size);
  return bytes;
}

std::string Text64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

// Pictures of 2 x 1 pixels, as an ordinary program writes them.
struct Sample {
  const char* name;
  const char* type;
  std::optional<Picture> (*clean)(std::string_view);
  const char* base64;
};
constexpr Sample kSamples[] = {
    {"Png", "image/png", CleanPng,
     "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC"},
    {"PngPalette", "image/png", CleanPng,
     "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABAQMAAADO7O3JAAAABlBMVEXICgoAAAB90d3TAAAAAXRSTlMAQObYZgAAAApJREFUeNpjYAAAAAIAAeUn"
     "3vwAAAAASUVORK5CYII="},
    {"Jpeg", "image/jpeg", CleanJpeg,
     "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
     "////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AH//Z"},
    {"JpegProgressive", "image/jpeg", CleanJpeg,
     "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
     "////////wgALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/aAAgBAQAAAAE//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABBQJ/"
     "/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAAEP8A/8QAFBAB"
     "AAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxB//9k="},
    {"Gif", "image/gif", CleanGif, "R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs="},
    {"WebpLossless", "image/webp", CleanWebp, "UklGRh4AAABXRUJQVlA4TBEAAAAvAQAAAAdQhSJXof+BiOh/AAA="},
    {"WebpLossy", "image/webp", CleanWebp,
     "UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoCAAEADMDOJaACdAFAAAD+4LkIw1uvxQ5s7gVAAAA="},
    {"WebpAlpha", "image/webp", CleanWebp,
     "UklGRk4AAABXRUJQVlA4WAoAAAAQAAAAAQAAAAAAQUxQSAMAAAAAMmQAVlA4ICQAAACwAQCdASoCAAEADMDOJaACdAEO/gLsAP6Be6QPDwJK1ZhA"
     "AAA="},
};

class Pictures : public testing::TestWithParam<Sample> {
 protected:
  std::string file() const { return Bytes64(GetParam().base64); }
  std::optional<Picture> Clean(std::string_view bytes) const { return GetParam().clean(bytes); }
};

TEST_P(Pictures, OrdinaryFilesComeThroughUnchanged) {
  const auto picture = Clean(file());
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bytes, file());
  EXPECT_EQ(picture->pixels, 2u);
}

TEST_P(Pictures, WhatStandsBehindTheEndIsLeftOut) {
  for (const std::string_view more : {"<script>alert(1)</script>", "PK\x03\x04", "%PDF-1.7",
                                      "\x7F"
                                      "ELF"}) {
    const auto picture = Clean(file() + std::string(more));
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->bytes, file());
  }
}

TEST_P(Pictures, AFileThatEndsTooSoonIsRefused) {
  // The last bytes of a WebP file may be padding, and RIFF counts it.
  for (std::size_t size = 0; size < file().size(); ++size) EXPECT_FALSE(Clean(file().substr(0, size))) << size;
}

// Whatever is in the file, the result is a file that comes through unchanged, within the bounds.
TEST_P(Pictures, DamagedFilesAreRefusedOrWrittenAgainForGood) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = file();
    for (int change = 0; change <= i % 3; ++change) {
      const std::size_t at = random() % damaged.size();
      if (random() % 4 == 0) {
        damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 24));
      } else {
        damaged[at] = static_cast<char>(random());
      }
    }
    const auto picture = Clean(damaged);
    if (!picture) continue;
    ASSERT_LE(picture->pixels, kMaxPicturePixels);
    const auto again = Clean(picture->bytes);
    ASSERT_TRUE(again);
    ASSERT_EQ(again->bytes, picture->bytes);
  }
}

TEST_P(Pictures, ADeclaredTypeThatIsAnotherIsRefused) {
  const ParseBudget budget = Budget();
  for (const Sample& other : kSamples) {
    const std::string address = "data:" + std::string(other.type) + ";base64," + GetParam().base64;
    EXPECT_EQ(CleanPictureAddress(address, budget).has_value(), std::string_view(other.type) == GetParam().type);
  }
}

INSTANTIATE_TEST_SUITE_P(Html, Pictures, testing::ValuesIn(kSamples), [](const auto& test) { return test.param.name; });

// ---- PNG

std::string Big(std::uint32_t number) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string Chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = ~0u;
  for (const char byte : type + data) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return Big(static_cast<std::uint32_t>(data.size())) + type + data + Big(~crc);
}

std::string Head(std::uint32_t width, std::uint32_t height,
                 const std::string& rest = std::string("\x08\x02\0\0\0", 5)) {
  return Chunk("IHDR", Big(width) + Big(height) + rest);
}

std::string Png(const std::string& chunks) { return "\x89PNG\r\n\x1a\n" + chunks; }

const std::string kData = Chunk("IDAT", "any bytes: they are not decoded"), kEnd = Chunk("IEND", "");

TEST(Png, OnlyPartsThatADecoderNeedsAreKept) {
  std::string bloated = Head(2, 1);
  for (const char* type : {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "acTL", "fcTL", "pHYs", "tIME", "gAMA"})
    bloated += Chunk(type, "a bomb that inflates to gigabytes");
  const auto picture = CleanPng(Png(bloated + kData + Chunk("fdAT", "another frame") + kEnd));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bytes, Png(Head(2, 1) + kData + kEnd));
}

TEST(Png, SizesAreBoundedBeforeAnythingIsDecoded) {
  EXPECT_TRUE(CleanPng(Png(Head(4096, 2048) + kData + kEnd)));
  for (const auto& [width, height] : {std::pair(0u, 1u),
                                      {1u, 0u},
                                      {4097u, 1u},
                                      {1u, 4097u},
                                      {4096u, 2049u},
                                      {0x7FFFFFFFu, 0x7FFFFFFFu},
                                      {0xFFFFFFFFu, 1u},
                                      {65536u, 65536u}}) {
    EXPECT_FALSE(CleanPng(Png(Head(width, height) + kData + kEnd))) << width << " x " << height;
  }
}

TEST(Png, PartsInAWrongOrderOrWithWrongContentAreRefused) {
  const std::string head = Head(2, 1), palette = Head(2, 1, std::string("\x08\x03\0\0\0", 5));
  std::string wrong_sum = kData;
  wrong_sum.back() ^= 1;
  for (const std::string& chunks : std::vector<std::string>{
           kData + kEnd, head + kEnd, head + head + kData + kEnd, head + kData + Chunk("tEXt", "x") + kData + kEnd,
           head + wrong_sum + kEnd, head + kData + Chunk("IEND", "x"), palette + kData + kEnd,
           palette + Chunk("PLTE", "ab") + kData + kEnd, palette + Chunk("PLTE", std::string(771, 'x')) + kData + kEnd,
           palette + Chunk("PLTE", "abc") + Chunk("tRNS", "ab") + kData + kEnd,
           head + Chunk("CgBI", "x") + kData + kEnd, head + kData + Chunk("PLTE", "abc") + kEnd,
           Head(2, 1, std::string("\x03\x02\0\0\0", 5)) + kData + kEnd,
           Head(2, 1, std::string("\x08\x07\0\0\0", 5)) + kData + kEnd,
           Head(2, 1, std::string("\x08\x02\x01\0\0", 5)) + kData + kEnd,
           Head(2, 1, std::string("\x08\x02\0\0\x02", 5)) + kData + kEnd, head + Big(0xFFFFFFF0u) + "IDAT" + kEnd}) {
    EXPECT_FALSE(CleanPng(Png(chunks)));
  }
}

// ---- JPEG

std::string Segment(unsigned marker, const std::string& data) {
  const auto size = static_cast<unsigned>(data.size() + 2);
  return std::string{'\xFF', static_cast<char>(marker), static_cast<char>(size >> 8), static_cast<char>(size)} + data;
}

std::string Frame(unsigned marker, unsigned width, unsigned height) {
  return Segment(
      marker, Big(0x08000000u | height << 8 | width >> 8).substr(0, 3) +
                  std::string{static_cast<char>(width >> 8), static_cast<char>(width), '\x01', '\x01', '\x11', '\0'});
}

const std::string kScanOfJpeg = Segment(0xDA, std::string("\x01\x01\0\0\x3F\0", 6)) + "data";

TEST(Jpeg, MetadataIsLeftOut) {
  std::string bloated = "\xFF\xD8";
  for (const unsigned marker : {0xE1u, 0xE2u, 0xEDu, 0xEFu, 0xFEu}) bloated += Segment(marker, "Exif <script>");
  const auto picture = CleanJpeg(bloated + Frame(0xC0, 2, 1) + kScanOfJpeg + "\xFF\xD9");
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bytes, "\xFF\xD8" + Frame(0xC0, 2, 1) + kScanOfJpeg + "\xFF\xD9");
}

TEST(Jpeg, SizesScansAndKindsAreBounded) {
  const auto with = [](const std::string& frame, int scans) {
    std::string file = "\xFF\xD8" + frame;
    for (int i = 0; i < scans; ++i) file += kScanOfJpeg;
    return CleanJpeg(file + "\xFF\xD9").has_value();
  };
  EXPECT_TRUE(with(Frame(0xC2, 4096, 2048), kMaxJpegScans));
  EXPECT_FALSE(with(Frame(0xC2, 4096, 2048), kMaxJpegScans + 1));
  EXPECT_FALSE(with(Frame(0xC0, 65535, 65535), 1));
  EXPECT_FALSE(with(Frame(0xC0, 4096, 2049), 1));
  EXPECT_FALSE(with(Frame(0xC0, 0, 1), 1));
  EXPECT_FALSE(with(Frame(0xC0, 2, 1) + Frame(0xC0, 2, 1), 1));
  EXPECT_FALSE(with("", 1));
  EXPECT_FALSE(with(Frame(0xC0, 2, 1), 0));
  for (unsigned marker : {0xC3u, 0xC5u, 0xC9u, 0xCFu, 0xDCu}) EXPECT_FALSE(with(Frame(marker, 2, 1), 1)) << marker;
}

// ---- GIF and WebP

TEST(Gif, OnlyTheFirstFrameIsKept) {
  const std::string still = Bytes64("R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=");
  const auto picture = CleanGif(
      Bytes64("R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIACwAAAAAAgABAIEAAPoAAAAAAAAAAAAIBQABAAgIADs="));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bytes, still);
}

TEST(Webp, AnimationsAreRefused) {
  EXPECT_FALSE(CleanWebp(Bytes64(
      "UklGRsIAAABXRUJQVlA4WAoAAAACAAAAAQAAAAAAQU5JTQYAAAAAAAAAAABBTk1GSAAAAAAAAAAAAAEAAAAAAAAAAAJWUDggMAAAADABAJ0BKgIA"
      "AQABQCYloAADcAD+9hNf//i0P7ef8GtzX//8Cd//wJ3//Anf+AAAAEFOTUZGAAAAAAAAAAAAAQAAAAAAAAAAAFZQOCAuAAAANAEAnQEqAgABAAAA"
      "JiWgAANwAP77exf//0cb//o43//Rxv/S4P/61eVXrKugAA==")));
}

TEST(Webp, ACanvasOfAnotherSizeAndHugeFramesAreRefused) {
  std::string file = Bytes64(
      "UklGRk4AAABXRUJQVlA4WAoAAAAQAAAAAQAAAAAAQUxQSAMAAAAAMmQAVlA4ICQAAACwAQCdASoCAAEADMDOJaACdAEO/gLsAP6Be6QPDwJK1ZhA"
      "AAA=");
  ASSERT_TRUE(CleanWebp(file));
  std::string canvas = file;
  canvas[24] = '\x7F';
  EXPECT_FALSE(CleanWebp(canvas));
  std::string lossless = Bytes64("UklGRh4AAABXRUJQVlA4TBEAAAAvAQAAAAdQhSJXof+BiOh/AAA=");
  lossless[21] = lossless[22] = lossless[23] = '\xFF';
  EXPECT_FALSE(CleanWebp(lossless));
}

// ---- addresses and documents

TEST(PictureAddress, BlanksArePardonedAndOtherFormsAreNot) {
  const ParseBudget budget = Budget();
  const std::string gif = "R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=";
  const std::string wanted = "data:image/gif;base64," + gif;
  for (const std::string& address :
       std::vector<std::string>{wanted, "  DATA:IMAGE/GIF;BASE64," + gif + "\n",
                                "data:image/gif;base64," + gif.substr(0, 20) + "\r\n" + gif.substr(20),
                                wanted.substr(0, wanted.size() - 1)}) {
    const auto picture = CleanPictureAddress(address, budget);
    ASSERT_TRUE(picture) << address;
    EXPECT_EQ(picture->address, wanted);
  }
  for (const std::string& address : std::vector<std::string>{
           std::string(), std::string("data:"), "data:image/gif," + gif, "data:image/gif;charset=x;base64," + gif,
           "data:image/bmp;base64," + gif, "data:text/html;base64," + gif, "data:;base64," + gif, "data:base64," + gif,
           "data:image/gif;base64,R0lG\"ODdh", std::string("data:image/gif;base64,"),
           std::string("https://example.org/x.png"), std::string("/zoobar/index.cgi/logout"),
           std::string("javascript:x,AAAA")}) {
    EXPECT_FALSE(CleanPictureAddress(address, budget)) << address;
  }
}

// A few bytes can be a large picture, and a document has room for hundreds of them.
TEST(PictureAddress, ThePixelsOfADocumentAreBoundedTogether) {
  const std::string large =
      "<img alt=\"no room\" src=\"data:image/png;base64," + Text64(Png(Head(2048, 1024) + kData + kEnd)) + "\">";
  const std::string four = Sanitize(large + large + large + large).html;
  EXPECT_THAT(four, Not(HasSubstr(">no room")));
  const std::string five = Sanitize(large + large + large + large + large).html;
  EXPECT_TRUE(five.ends_with(">no room")) << five.substr(five.size() - 40);
}

TEST(PictureAddress, ARefusedPictureLeavesItsText) {
  EXPECT_EQ(Sanitize("<p>a<img src='data:image/png;base64,AAAA' alt='a &lt;chart&gt;'>b</p>").html,
            "<p>aa &lt;chart&gt;b</p>");
}

}  // namespace
}  // namespace zoobar
