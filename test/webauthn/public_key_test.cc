#include "webauthn/public_key.h"

#include <gtest/gtest.h>

#include <string>

#include "tls/openssl.h"
#include "webauthn/cbor.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

using namespace std::string_literals;
using Kind = SoftPasskey::Kind;

class PublicKey : public testing::Test {
 protected:
  PublicKey() { StartOpenssl(); }

  static Result<PasskeyKey> Parse(std::string_view cose) {
    CborReader reader(cose);
    Result<PasskeyKey> key = ParseCoseKey(reader);
    if (key.ok() && !reader.left().empty()) return Error{"more follows"};
    return key;
  }
};

TEST_F(PublicKey, ChecksSignaturesOfEachAlgorithm) {
  for (const Kind kind : {Kind::kEs256, Kind::kEdDsa, Kind::kRs256}) {
    const SoftPasskey owner(kind), other(kind);
    const Result<PasskeyKey> key = Parse(owner.Cose());
    ASSERT_TRUE(key.ok()) << key.error().text;
    EXPECT_EQ(key->bytes, owner.Key());
    EXPECT_TRUE(CheckKey(owner.algorithm(), key->bytes).ok());
    const std::string text = "data" + SoftSha256("client"), signature = owner.Sign("data", "client");
    EXPECT_TRUE(CheckSignature(*key, text, signature));
    EXPECT_FALSE(CheckSignature(*key, text + "x", signature));
    EXPECT_FALSE(CheckSignature(*key, text, other.Sign("data", "client")));
    EXPECT_FALSE(CheckSignature(*key, text, ""));
    EXPECT_FALSE(CheckSignature(*key, text, signature + "x"));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      std::string wrong = signature;
      wrong[i] = static_cast<char>(wrong[i] ^ 1);
      EXPECT_FALSE(CheckSignature(*key, text, wrong)) << static_cast<int>(kind) << ", byte " << i;
    }
  }
}

TEST_F(PublicKey, ASignatureOfOneAlgorithmIsNoneOfAnother) {
  const SoftPasskey rsa(Kind::kRs256), ec(Kind::kEs256);
  const std::string text = "data" + SoftSha256("client");
  EXPECT_FALSE(CheckSignature({PasskeyAlgorithm::kEs256, rsa.Key()}, text, rsa.Sign("data", "client")));
  EXPECT_FALSE(CheckSignature({PasskeyAlgorithm::kRs256, ec.Key()}, text, ec.Sign("data", "client")));
  EXPECT_FALSE(CheckSignature({PasskeyAlgorithm::kEdDsa, ec.Key().substr(0, 32)}, text, ec.Sign("data", "client")));
}

TEST_F(PublicKey, RefusesOtherFieldsOrdersAndCurves) {
  const std::string ec = SoftPasskey(Kind::kEs256).Cose(), ed = SoftPasskey(Kind::kEdDsa).Cose();
  const auto with = [](std::string cose, std::size_t at, char c) {
    cose[at] = c;
    return cose;
  };
  EXPECT_TRUE(Parse(ec).ok());
  EXPECT_FALSE(Parse(with(ec, 4, '\x27')).ok()) << "EC2 with EdDSA";
  EXPECT_FALSE(Parse(with(ec, 4, '\x38')).ok());
  EXPECT_FALSE(Parse(with(ec, 6, '\x02')).ok()) << "P-384";
  EXPECT_FALSE(Parse(with(ec, 0, '\xa4')).ok()) << "a field less";
  EXPECT_FALSE(Parse(with(ec, 0, '\xa6') + "\x23\x00"s).ok()) << "a field more";
  EXPECT_FALSE(Parse(with(ec, 1, '\x02')).ok()) << "another label";
  EXPECT_FALSE(Parse(with(ed, 6, '\x07')).ok()) << "Ed448";
  EXPECT_FALSE(Parse(with(ed, 2, '\x04')).ok()) << "a symmetric key";
  EXPECT_FALSE(Parse(ec.substr(0, 3) + ec.substr(5, 2) + ec.substr(3, 2) + ec.substr(7)).ok()) << "another order";
  EXPECT_FALSE(Parse("\xa0"s).ok());
  // The same number in a longer form, and a map of indefinite length.
  EXPECT_FALSE(Parse(ec.substr(0, 1) + "\x18\x01"s + ec.substr(2)).ok());
  EXPECT_FALSE(Parse(with(ec, 0, '\xbf') + "\xff"s).ok());
}

TEST_F(PublicKey, RefusesRsaKeysThatAreShortOrHaveAnotherExponent) {
  const SoftPasskey rsa(Kind::kRs256);
  std::string other = rsa.Cose();
  other.back() = '\x03';
  EXPECT_FALSE(Parse(other).ok());
  EXPECT_FALSE(CheckKey(-257, rsa.Key().substr(1)).ok());
  std::string leading_zero = rsa.Key(), even = rsa.Key();
  leading_zero[0] = '\0';
  even.back() = static_cast<char>(even.back() & ~1);
  EXPECT_FALSE(CheckKey(-257, leading_zero).ok());
  EXPECT_FALSE(CheckKey(-257, even).ok());
  EXPECT_FALSE(CheckKey(-257, std::string(513, '\xff')).ok());
}

TEST_F(PublicKey, RefusesAPointThatIsNotOnTheCurve) {
  std::string key = SoftPasskey(Kind::kEs256).Key();
  EXPECT_TRUE(CheckKey(-7, key).ok());
  key.back() = static_cast<char>(key.back() ^ 1);
  EXPECT_FALSE(CheckKey(-7, key).ok());
  EXPECT_FALSE(CheckKey(-7, std::string(64, '\0')).ok());
  EXPECT_FALSE(CheckKey(-7, key.substr(1)).ok());
}

TEST_F(PublicKey, RefusesOtherAlgorithms) {
  const std::string key = SoftPasskey(Kind::kEs256).Key();
  for (const int algorithm : {0, 7, -35, -36, -37, -39, -47, -258, -259, -65535})
    EXPECT_FALSE(CheckKey(algorithm, key).ok());
}

}  // namespace
}  // namespace zoobar
