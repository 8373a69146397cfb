#include "webauthn/authenticator_data.h"

#include <gtest/gtest.h>

#include <string>

#include "tls/openssl.h"
#include "webauthn/known_vector.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

using namespace std::string_literals;
using Kind = SoftPasskey::Kind;

constexpr std::string_view kRp = "bank.example";
const std::string kCredProtect =
    "\xa1\x6b"
    "credProtect\x02";

TEST(AuthenticatorData, ReadsTheHead) {
  SoftPasskey key;
  key.counter = 0x01020304;
  key.flags = SoftPasskey::kUp;
  const std::string data = key.Head(kRp);
  const Result<AuthenticatorHead> head = ReadAuthenticatorHead(data);
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->rp_id_hash, SoftSha256(kRp));
  EXPECT_TRUE(head->user_present);
  EXPECT_FALSE(head->user_verified);
  EXPECT_EQ(head->counter, 0x01020304U);
}

TEST(AuthenticatorData, RefusesAHeadOfAnotherLength) {
  const SoftPasskey key;
  const std::string head = key.Head(kRp);
  EXPECT_FALSE(ReadAuthenticatorHead("").ok());
  EXPECT_FALSE(ReadAuthenticatorHead(head.substr(0, 36)).ok());
  EXPECT_FALSE(ReadAuthenticatorHead(head + "x").ok()) << "nothing is declared to follow";
  EXPECT_FALSE(ReadAuthenticatorHead(key.Head(kRp, SoftPasskey::kEd)).ok()) << "extensions are declared, and missing";
  EXPECT_FALSE(ReadAuthenticatorHead(key.Head(kRp, SoftPasskey::kEd) + std::string(kMostAuthenticatorData, '\0')).ok());
}

TEST(AuthenticatorData, OfALoginHasNothingBehindItsExtensions) {
  const SoftPasskey key;
  EXPECT_TRUE(CheckAssertionData(key.Head(kRp)).ok());
  EXPECT_TRUE(CheckAssertionData(key.Head(kRp, SoftPasskey::kEd) + kCredProtect).ok());
  EXPECT_FALSE(CheckAssertionData(key.Head(kRp, SoftPasskey::kEd) + kCredProtect + "x").ok());
  EXPECT_FALSE(CheckAssertionData(key.Head(kRp, SoftPasskey::kEd) + "\x01").ok()) << "no map";
  EXPECT_FALSE(CheckAssertionData(key.NewCredential(kRp)).ok());
}

TEST(AuthenticatorData, OfARegistrationGivesTheCredential) {
  for (const Kind kind : {Kind::kEs256, Kind::kEdDsa, Kind::kRs256}) {
    for (const std::string& extensions : {std::string(), kCredProtect}) {
      const SoftPasskey key(kind);
      const std::string data = key.NewCredential(kRp, extensions);
      const Result<NewCredential> made = ParseNewCredential(data);
      ASSERT_TRUE(made.ok()) << made.error().text;
      EXPECT_EQ(made->id, key.id());
      EXPECT_EQ(made->key.bytes, key.Key());
      EXPECT_EQ(static_cast<int>(made->key.algorithm), key.algorithm());
      EXPECT_EQ(made->head, data.substr(0, kAuthenticatorHeadBytes));
    }
  }
}

TEST(AuthenticatorData, OfARegistrationIsRefusedIfAByteIsMissingOrTooMany) {
  for (const Kind kind : {Kind::kEs256, Kind::kEdDsa, Kind::kRs256}) {
    const std::string data = SoftPasskey(kind).NewCredential(kRp, kCredProtect);
    for (std::size_t size = 0; size < data.size(); ++size)
      EXPECT_FALSE(ParseNewCredential(data.substr(0, size)).ok()) << size;
    EXPECT_FALSE(ParseNewCredential(data + "\xa0").ok());
    EXPECT_FALSE(ParseNewCredential(SoftPasskey(kind).NewCredential(kRp) + "x").ok());
  }
}

TEST(AuthenticatorData, RefusesCredentialIdsOfNoBytesAndOfTooMany) {
  const SoftPasskey key;
  const auto with = [&](std::size_t size) {
    return key.Head(kRp, SoftPasskey::kAt) + std::string(16, '\0') + static_cast<char>(size >> 8) +
           static_cast<char>(size & 0xff) + std::string(size, 'i') + key.Cose();
  };
  EXPECT_TRUE(ParseNewCredential(with(1)).ok());
  EXPECT_TRUE(ParseNewCredential(with(kMostCredentialId)).ok());
  EXPECT_FALSE(ParseNewCredential(with(0)).ok());
  EXPECT_FALSE(ParseNewCredential(with(kMostCredentialId + 1)).ok());
}

TEST(AuthenticatorData, AgreesWithTheKnownVector) {
  const Result<NewCredential> made = ParseNewCredential(known_vector::kNewData);
  ASSERT_TRUE(made.ok()) << made.error().text;
  EXPECT_EQ(made->id, known_vector::kId);
  EXPECT_EQ(made->key.algorithm, PasskeyAlgorithm::kEs256);
  EXPECT_EQ(made->head.substr(0, kRpIdHashBytes), SoftSha256("example.org"));
  EXPECT_TRUE(CheckAssertionData(known_vector::kData).ok());
  const std::string text = known_vector::kData + SoftSha256(known_vector::kClientData);
  StartOpenssl();
  EXPECT_TRUE(CheckSignature(made->key, text, known_vector::kSignature));
}

}  // namespace
}  // namespace zoobar
