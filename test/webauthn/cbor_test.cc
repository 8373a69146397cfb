#include "webauthn/cbor.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

using namespace std::string_literals;

Status SkipAll(std::string_view text) {
  CborReader reader(text);
  Status skipped = reader.Skip();
  if (skipped.ok() && !reader.left().empty()) return Error{"more follows"};
  return skipped;
}

TEST(Cbor, ReadsIntegersInTheirShortestForm) {
  // RFC 8949, appendix A.
  const std::pair<std::string, std::int64_t> kGood[] = {
      {"\x00"s, 0},
      {"\x17"s, 23},
      {"\x18\x18"s, 24},
      {"\x18\xff"s, 255},
      {"\x19\x01\x00"s, 256},
      {"\x19\x03\xe8"s, 1000},
      {"\x1a\x00\x0f\x42\x40"s, 1000000},
      {"\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"s, 1000000000000},
      {"\x20"s, -1},
      {"\x29"s, -10},
      {"\x38\x63"s, -100},
      {"\x39\x01\x00"s, -257},
  };
  for (const auto& [text, value] : kGood) {
    const Result<std::int64_t> read = CborReader(text).Integer();
    ASSERT_TRUE(read.ok()) << value;
    EXPECT_EQ(*read, value);
  }
  for (const std::string& text :
       {"\x18\x17"s, "\x19\x00\xff"s, "\x1a\x00\x00\xff\xff"s, "\x1b\x00\x00\x00\x00\xff\xff\xff\xff"s}) {
    EXPECT_FALSE(CborReader(text).Integer().ok()) << text.size();
  }
}

TEST(Cbor, RefusesIntegersPast64BitsAndOtherKinds) {
  EXPECT_FALSE(CborReader("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"s).Integer().ok());
  EXPECT_FALSE(CborReader("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"s).Integer().ok());
  EXPECT_FALSE(CborReader("\x40"s).Integer().ok());
  EXPECT_FALSE(CborReader("\x01"s).ByteString().ok());
  EXPECT_FALSE(CborReader("\x01"s).Map().ok());
  EXPECT_FALSE(CborReader(""s).Integer().ok());
}

TEST(Cbor, RefusesWhatEndsTooEarly) {
  EXPECT_FALSE(CborReader("\x19\x01"s).Integer().ok());
  EXPECT_FALSE(CborReader("\x42\x01"s).ByteString().ok());
  EXPECT_FALSE(CborReader("\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).ByteString().ok());
  EXPECT_FALSE(CborReader("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).Map().ok());
  EXPECT_FALSE(SkipAll("\x82\x01"s).ok());
  EXPECT_FALSE(SkipAll("\xa1\x01"s).ok());
  EXPECT_FALSE(SkipAll("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).ok());
}

TEST(Cbor, SkipsWholeItems) {
  EXPECT_TRUE(SkipAll("\xa0"s).ok());
  EXPECT_TRUE(SkipAll("\xa1\x6b"
                      "credProtect\x02"s)
                  .ok());
  EXPECT_TRUE(SkipAll("\xa2\x61"
                      "a\xf5\x61"
                      "b\x82\x01\xf6"s)
                  .ok());
  EXPECT_FALSE(SkipAll("\xa0\x00"s).ok());  // more follows
}

TEST(Cbor, RefusesMapsWhoseKeysAreNotInOrder) {
  EXPECT_TRUE(SkipAll("\xa2\x01\x00\x02\x00"s).ok());
  EXPECT_FALSE(SkipAll("\xa2\x02\x00\x01\x00"s).ok());
  EXPECT_FALSE(SkipAll("\xa2\x01\x00\x01\x00"s).ok()) << "the same key twice";
  EXPECT_TRUE(SkipAll("\xa2\x18\x20\x00\x20\x00"s).ok()) << "by type before length";
  EXPECT_FALSE(SkipAll("\xa2\x62"
                       "aa\x00\x61"
                       "b\x00"s)
                   .ok())
      << "by length before bytes";
}

TEST(Cbor, RefusesTagsFloatsIndefiniteLengthsAndDeepNesting) {
  for (const std::string& text : {"\xc0\x00"s, "\xf9\x00\x00"s, "\xfb\x00\x00\x00\x00\x00\x00\x00\x00"s,
                                  "\x5f\x40\xff"s, "\x9f\xff"s, "\xbf\xff"s, "\xf7"s, "\xf8\x20"s, "\xff"s}) {
    EXPECT_FALSE(SkipAll(text).ok()) << static_cast<unsigned>(static_cast<unsigned char>(text[0]));
  }
  EXPECT_TRUE(SkipAll("\x81\x81\x81\x81\x00"s).ok());
  EXPECT_FALSE(SkipAll("\x81\x81\x81\x81\x81\x00"s).ok());
  EXPECT_FALSE(SkipAll(std::string(100000, '\x81')).ok());
}

}  // namespace
}  // namespace zoobar
