// base64: every text that is not exactly what an encoder writes is refused.
#include "text/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

constexpr int kVariants[] = {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                             sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING};

std::string Encoded(const std::string& bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  text.pop_back();
  return text;
}

std::optional<std::string> DecodedText(std::string_view text, int variant, const char* ignored = nullptr) {
  std::string bytes(text.size(), '\0');
  const auto size = DecodeBase64(text, variant, ignored, bytes.data(), bytes.size());
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

TEST(Base64, WhatWasEncodedIsDecoded) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    for (const int variant : kVariants) EXPECT_EQ(DecodedText(Encoded(bytes, variant), variant), bytes);
    bytes += static_cast<char>(i);
  }
}

TEST(Base64, EachByteIsItsOwnLetterOrRefused) {
  for (const int variant : kVariants) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text = std::string("AAA") + static_cast<char>(byte) + "AAAA";
      const auto decoded = DecodedText(text, variant);
      if (decoded) {
        EXPECT_EQ(Encoded(*decoded, variant), text) << byte;
      }
    }
  }
}

TEST(Base64, OtherFormsAreRefused) {
  for (const char* text : {"A", "AB", "AAA", "AAAA=", "AB==x", "AA=A", "AA AA", "AAA\n", "A-__"})
    EXPECT_EQ(DecodedText(text, sodium_base64_VARIANT_ORIGINAL), std::nullopt) << text;
  EXPECT_EQ(DecodedText("QQ==", sodium_base64_VARIANT_ORIGINAL), "A");
  EXPECT_EQ(DecodedText("QR==", sodium_base64_VARIANT_ORIGINAL), std::nullopt) << "bits that stand for nothing";
  EXPECT_EQ(DecodedText(" QQ =\n=", sodium_base64_VARIANT_ORIGINAL, " \n"), "A");
}

TEST(Base64, MoreThanThereIsRoomForIsRefused) {
  char room[2];
  EXPECT_EQ(DecodeBase64("AAA=", sodium_base64_VARIANT_ORIGINAL, nullptr, room, 2), 2u);
  EXPECT_EQ(DecodeBase64("AAAA", sodium_base64_VARIANT_ORIGINAL, nullptr, room, 2), std::nullopt);
}

}  // namespace
}  // namespace zoobar
