#include "tls/handshake_content.h"

#include <random>

#include "tls/test_keys.h"

namespace zoobar {
namespace {

const std::string kContext13 = std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + std::string(1, '\0');

std::string Tls13(std::size_t hash = 32) { return kContext13 + std::string(hash, 'h'); }
std::string Randoms() { return std::string(32, 'c') + std::string(32, 's'); }
std::string Tls12X25519() { return Randoms() + std::string("\x03\x00\x1d\x20", 4) + std::string(32, 'p'); }
std::string Tls12P256() { return Randoms() + std::string("\x03\x00\x17\x41\x04", 5) + std::string(64, 'p'); }

bool MaySign(std::uint32_t scheme, KeyKind kind, const std::string& content) {
  const SignatureScheme* const found = FindScheme(scheme);
  return found && CheckHandshakeContent(*found, kind, content).ok();
}

TEST(HandshakeContent, IsWhatAServerSignsInAHandshake) {
  EXPECT_TRUE(MaySign(0x0403, KEY_KIND_ECDSA_P256, Tls13()));
  EXPECT_TRUE(MaySign(0x0403, KEY_KIND_ECDSA_P256, Tls13(48)));
  EXPECT_TRUE(MaySign(0x0503, KEY_KIND_ECDSA_P384, Tls13(48)));
  for (const std::uint32_t pss : {0x0804, 0x0805, 0x0806}) EXPECT_TRUE(MaySign(pss, KEY_KIND_RSA, Tls13())) << pss;
  for (const std::uint32_t rsa : {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806}) {
    EXPECT_TRUE(MaySign(rsa, KEY_KIND_RSA, Tls12X25519())) << rsa;
    EXPECT_TRUE(MaySign(rsa, KEY_KIND_RSA, Tls12P256())) << rsa;
  }
  EXPECT_TRUE(MaySign(0x0503, KEY_KIND_ECDSA_P256, Tls12P256())) << "TLS 1.2 does not tie the curve to the hash";
}

TEST(HandshakeContent, IsRefusedWithASchemeThatIsNotForIt) {
  EXPECT_FALSE(MaySign(0x0201, KEY_KIND_RSA, Tls12P256())) << "SHA-1";
  EXPECT_FALSE(MaySign(0x0401, KEY_KIND_RSA, Tls13())) << "PKCS#1 v1.5 in TLS 1.3";
  EXPECT_FALSE(MaySign(0x0503, KEY_KIND_ECDSA_P256, Tls13())) << "the curve of another key";
  EXPECT_FALSE(MaySign(0x0403, KEY_KIND_RSA, Tls13()));
  EXPECT_FALSE(MaySign(0x0804, KEY_KIND_ECDSA_P256, Tls13()));
  EXPECT_FALSE(MaySign(0, KEY_KIND_RSA, Tls13()));
}

TEST(HandshakeContent, IsNothingElse) {
  const std::string client = std::string(64, ' ') + "TLS 1.3, client CertificateVerify" + std::string(1, '\0');
  std::string spaces = Tls13();
  spaces[63] = '\t';
  const std::string others[] = {
      "",
      "GET / HTTP/1.1",
      std::string(32, 'h'),           // a hash alone
      client + std::string(32, 'h'),  // what a client signs
      spaces,
      Tls13(31),
      Tls13(33),
      Tls13(0),
      Tls13(64),
      Randoms(),
      Tls12X25519() + "x",
      Tls12X25519().substr(1),
      Tls12P256().substr(0, Tls12P256().size() - 1),
      Randoms() + std::string("\x03\x00\x18\x61\x04", 5) + std::string(96, 'p'),  // another curve
      Randoms() + std::string("\x01\x00\x1d\x20", 4) + std::string(32, 'p'),      // a curve that the server describes
      Randoms() + std::string("\x00\x80", 2) + std::string(128, 'p'),             // DHE
  };
  for (const std::string& content : others) {
    for (const KeyKind kind : {KEY_KIND_RSA, KEY_KIND_ECDSA_P256, KEY_KIND_ECDSA_P384}) {
      for (const std::uint32_t scheme : {0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601})
        EXPECT_FALSE(MaySign(scheme, kind, content)) << content.size() << " bytes, scheme " << scheme;
    }
  }
}

TEST(HandshakeContent, IsNotDerNorAnyChangedByte) {
  std::mt19937 random(1);
  for (const std::string& good : {Tls13(), Tls12X25519(), Tls12P256()}) {
    int refused = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string changed = good;
      changed[i] = static_cast<char>(changed[i] ^ (1 + random() % 255));
      const bool fixed = good == Tls13() ? i < kContext13.size() : i >= 64 && i < (good == Tls12P256() ? 69 : 68);
      const std::uint32_t scheme = 0x0403;
      EXPECT_EQ(MaySign(scheme, KEY_KIND_ECDSA_P256, changed), !fixed) << "byte " << i;
      refused += fixed;
    }
    EXPECT_GE(refused, 4);
  }
}

TEST(SignContent, MakesSignaturesThatTheCertificateVerifies) {
  struct Case {
    std::uint32_t scheme;
    PkeyPtr key;
  };
  std::vector<Case> cases;
  cases.push_back({0x0403, NewEcKey()});
  cases.push_back({0x0503, NewEcKey("P-384")});
  for (const std::uint32_t scheme : {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806})
    cases.push_back({scheme, NewRsaKey()});
  for (const Case& each : cases) {
    const SignatureScheme& scheme = *FindScheme(each.scheme);
    const std::string content = Tls12P256();
    const Result<std::string> signature = SignContent(each.key.get(), scheme, content);
    ASSERT_TRUE(signature.ok()) << signature.error().text;
    const DigestContextPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    ASSERT_EQ(
        EVP_DigestVerifyInit_ex(context.get(), &options, scheme.digest, nullptr, nullptr, each.key.get(), nullptr), 1);
    if (scheme.pss) {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    EXPECT_EQ(
        EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()), signature->size(),
                         reinterpret_cast<const unsigned char*>(content.data()), content.size()),
        1)
        << each.scheme;
  }
}

}  // namespace
}  // namespace zoobar
