#include "journal/checkpoint.h"

#include <gtest/gtest.h>

namespace zoobar::journal {
namespace {

Bytes SeedOf(char fill) { return Bytes(SigningKey::kSeedBytes, fill); }

TEST(Checkpoint, IsReadWithItsKeyAndHasTheFieldsThatWereSigned) {
  const SigningKey key("zoobar-journal-0011", SeedOf('a'));
  const std::string text = key.Sign(12, Sha256("x"), 1764472514);
  const Result<Checkpoint> opened = OpenCheckpoint(text, key.open());
  ASSERT_TRUE(opened.ok()) << opened.error().text;
  EXPECT_EQ(opened->origin, "zoobar-journal-0011");
  EXPECT_EQ(opened->size, 12u);
  EXPECT_EQ(opened->root, Sha256("x"));
  EXPECT_EQ(opened->time_s, 1764472514);
  EXPECT_TRUE(text.starts_with("zoobar-journal-0011\n12\n")) << text;
}

TEST(Checkpoint, IsRefusedIfAnyBitOfItChanges) {
  const SigningKey key("zoobar-journal-0011", SeedOf('a'));
  const std::string text = key.Sign(12, Sha256("x"), 1764472514);
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(OpenCheckpoint(changed, key.open()).ok()) << changed;
  }
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(OpenCheckpoint(text.substr(0, size), key.open()).ok());
  }
  EXPECT_FALSE(OpenCheckpoint(text + "\n", key.open()).ok());
  EXPECT_FALSE(OpenCheckpoint(std::string(100'000, '\n'), key.open()).ok());
}

TEST(Checkpoint, IsRefusedWithAnotherKeyOrName) {
  const SigningKey key("zoobar-journal-0011", SeedOf('a'));
  const std::string text = key.Sign(12, Sha256("x"), 1764472514);
  EXPECT_FALSE(OpenCheckpoint(text, SigningKey("zoobar-journal-0011", SeedOf('b')).open()).ok());
  EXPECT_FALSE(OpenCheckpoint(text, SigningKey("zoobar-journal-0012", SeedOf('a')).open()).ok());
}

TEST(Checkpoint, APublicKeyIsReadAsItIsWrittenAndNotOtherwise) {
  const PublicKey key = SigningKey("zoobar-journal-0011", SeedOf('a')).open();
  const std::string text = key.Text();
  const Result<PublicKey> read = PublicKey::Parse(text);
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_TRUE(*read == key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(PublicKey::Parse(changed).ok()) << changed;
  }
  EXPECT_FALSE(PublicKey::Parse("").ok());
  EXPECT_FALSE(PublicKey::Parse("a+b").ok());
  EXPECT_FALSE(PublicKey::Parse(std::string(10'000, '+')).ok());
}

// The verifier key that golang.org/x/mod/sumdb/note shows as its example, of the key PeterNeumann.
TEST(Checkpoint, ReadsThePublicKeyOfGosNotePackage) {
  const Result<PublicKey> key = PublicKey::Parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_TRUE(key.ok()) << key.error().text;
  EXPECT_EQ(ToHex(key->id()), "c74f20a3");
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const Result<std::string> signature =
      FromBase64("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=");
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature->substr(0, 4), key->id());
  EXPECT_TRUE(key->Verify(text, signature->substr(4)));
  EXPECT_FALSE(key->Verify(text + "x", signature->substr(4)));
}

}  // namespace
}  // namespace zoobar::journal
