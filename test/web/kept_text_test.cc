#include "web/kept_text.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

constexpr std::size_t kBody = 131072;

KeptText Kept(const std::string& form, std::size_t body = kBody) {
  const auto fields = FormFields::Parse(form);
  EXPECT_TRUE(fields.ok());
  return KeptTextIn(*fields, body);
}

TEST(KeptText, IsThatOfTheFormWithItsWriter) {
  const KeptText kept = Kept("profile_update=%23!python%0D%0Aprint(1)&profile_of=alice&profile_submit=Save");
  EXPECT_EQ(kept.text, "#!python\r\nprint(1)");
  EXPECT_EQ(kept.writer, "alice");
  EXPECT_TRUE(kept.carries);
}

TEST(KeptText, IsForItsWriterAlone) {
  const KeptText kept = Kept("profile_update=x&profile_of=alice");
  EXPECT_TRUE(kept.IsFor("alice"));
  for (const char* other : {"bob", "", "Alice", "alice ", "alic"}) EXPECT_FALSE(kept.IsFor(other)) << other;
  EXPECT_TRUE(Kept("profile_update=x").IsFor("bob")) << "a program that names no writer gets its own text back";
  EXPECT_FALSE(Kept("profile_of=alice").IsFor("alice")) << "there is no text";
  const std::string name(128, 'a');
  EXPECT_FALSE(Kept("profile_update=x&profile_of=" + name + std::string(5000, 'a')).IsFor(name))
      << "a longer name is not cut to this one";
}

TEST(KeptText, IsUtf8WhateverWasSent) {
  const KeptText kept = Kept("profile_update=a%ffb&profile_of=%ff");
  EXPECT_EQ(kept.text,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(kept.writer, "\xEF\xBF\xBD");
}

TEST(KeptText, IsCarriedOnlyIfTheLoginFormFitsIntoARequest) {
  const std::size_t room = kBody - KeptText::kBesideText;
  EXPECT_TRUE(Kept("profile_update=" + std::string(room, 'a')).carries);
  EXPECT_FALSE(Kept("profile_update=" + std::string(room + 1, 'a')).carries);
  EXPECT_FALSE(Kept("profile_update=a", KeptText::kBesideText).carries);
}

TEST(EncodedSize, IsThatOfBrowsers) {
  EXPECT_EQ(EncodedSize(""), 0u);
  EXPECT_EQ(EncodedSize("aZ09 *-._"), 9u);
  EXPECT_EQ(EncodedSize("<&~\xC3\xA4"), 15u);
  for (const char* end : {"\n", "\r", "\r\n"}) EXPECT_EQ(EncodedSize(std::string("a") + end + "b"), 8u);
  EXPECT_EQ(EncodedSize("\n\n\r\n\r\r"), 30u);
}

}  // namespace
}  // namespace zoobar
