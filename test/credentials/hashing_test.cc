#include "credentials/hashing.h"

#include <argon2.h>
#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

constexpr Argon2Parameters kSmall{.memory_kib = 64, .passes = 1, .lanes = 1};
const std::string kSalt = "0123456789abcdef";

std::string Tag(Hasher& hasher, std::string_view password, const Argon2Parameters& parameters) {
  Result<Bytes> tag = hasher.Tag(password, parameters, kSalt);
  EXPECT_TRUE(tag.ok());
  return std::string(View(*tag));
}

std::string Reference(std::string_view password, const Argon2Parameters& parameters) {
  std::string tag(kTagBytes, '\0');
  EXPECT_EQ(argon2id_hash_raw(parameters.passes, parameters.memory_kib, parameters.lanes, password.data(),
                              password.size(), kSalt.data(), kSalt.size(), tag.data(), tag.size()),
            ARGON2_OK);
  return tag;
}

TEST(HashingTest, TheKeptAreaChangesNoResult) {
  Hasher hasher;
  for (const Argon2Parameters& parameters :
       {kSmall, Argon2Parameters{256, 3, 1}, Argon2Parameters{256, 2, 4}, Argon2Parameters{100, 1, 3}}) {
    ASSERT_TRUE(hasher.Keep(parameters).ok());
    EXPECT_EQ(Tag(hasher, "password", parameters), Reference("password", parameters));
    EXPECT_EQ(Tag(hasher, "password", parameters), Reference("password", parameters)) << "the second time";
  }
}

TEST(HashingTest, ParametersThatNeedMoreOrLessThanIsKeptStillWork) {
  Hasher hasher;
  ASSERT_TRUE(hasher.Keep(kSmall).ok());
  const Argon2Parameters large{1024, 1, 1}, tiny{8, 1, 1};
  EXPECT_EQ(Tag(hasher, "password", large), Reference("password", large));
  EXPECT_EQ(Tag(hasher, "password", tiny), Reference("password", tiny));
  Hasher without;
  EXPECT_EQ(Tag(without, "password", kSmall), Reference("password", kSmall));
}

TEST(HashingTest, AnEmptyPasswordHashesToo) {
  Hasher hasher;
  EXPECT_EQ(Tag(hasher, {}, kSmall), Reference("", kSmall));
}

TEST(HashingTest, ImpossibleParametersAreAnError) {
  Hasher hasher;
  EXPECT_FALSE(hasher.Tag("password", {64, 0, 1}, kSalt).ok());
  EXPECT_FALSE(hasher.Tag("password", kSmall, "short").ok());
}

TEST(HashingTest, TagsAreComparedWhole) {
  EXPECT_TRUE(SameTag("abcd", "abcd"));
  EXPECT_FALSE(SameTag("abcd", "abce"));
  EXPECT_FALSE(SameTag("abcd", "abc"));
  EXPECT_TRUE(SameTag("", ""));
}

TEST(HashingTest, ASecretOfTheSiteIsHashedUnderTheDefaultsAndASaltOfItsOwn) {
  const Result<std::string> hash = HashSecret("a secret"), other = HashSecret("a secret");
  ASSERT_TRUE(hash.ok() && other.ok());
  EXPECT_EQ(argon2id_verify(hash->c_str(), "a secret", 8), ARGON2_OK);
  EXPECT_EQ(argon2id_verify(hash->c_str(), "a sacret", 8), ARGON2_VERIFY_MISMATCH);
  EXPECT_EQ(FromPhc(*hash)->parameters, Argon2Parameters());
  EXPECT_NE(*hash, *other);
}

TEST(HashingTest, TheConfigurationsDefaultsAreTheSame) {
  EXPECT_EQ(Argon2Parameters::From(Config::Argon2()), Argon2Parameters());
}

TEST(PhcTest, AHashWrittenDownIsWhatTheReferenceVerifies) {
  Hasher hasher;
  const PasswordHash hash{kSmall, kSalt, Tag(hasher, "password", kSmall)};
  EXPECT_EQ(argon2id_verify(ToPhc(hash).c_str(), "password", 8), ARGON2_OK);
  EXPECT_EQ(argon2id_verify(ToPhc(hash).c_str(), "passw0rd", 8), ARGON2_VERIFY_MISMATCH);
}

TEST(PhcTest, WhatIsWrittenReadsBack) {
  for (const PasswordHash& hash : {PasswordHash{{19456, 2, 1}, kSalt, std::string(kTagBytes, '\x80')},
                                   PasswordHash{{65536, 3, 4}, FreshSalt(), {}}}) {
    Result<PasswordHash> read = FromPhc(ToPhc(hash));
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_EQ(read->parameters, hash.parameters);
    EXPECT_EQ(read->salt, hash.salt);
    EXPECT_EQ(read->tag, hash.tag);
  }
  EXPECT_EQ(ToPhc({{19456, 2, 1}, kSalt, {}}), "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg");
}

TEST(PhcTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "$argon2id$v=19$", "$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=16$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg", "$argon2id$v=19$m=64,t=1,p=1$",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg==", "$argon2id$v=19$m=64,t=1,p=1$%%%%%%%%%%%%",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OW\xddiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1\x80jc4OWFiY2RlZg", "$argon2id$v=19$m=064,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=-64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg", "$argon2id$v=19$m=64,t=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1,x=1$MDEyMzQ1Njc4OWFiY2RlZg", "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA",
        "$argon2id$v=19$m=99999999999,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=4,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg", "$argon2id$v=19$m=64,t=1000000,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAA$A"}) {
    EXPECT_FALSE(FromPhc(text).ok()) << text;
  }
}

TEST(PhcTest, SaltsDiffer) {
  EXPECT_EQ(FreshSalt().size(), kSaltBytes);
  EXPECT_NE(FreshSalt(), FreshSalt());
}

}  // namespace
}  // namespace zoobar
