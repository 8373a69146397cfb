#include "tls/certificate.h"

#include <openssl/err.h>

#include <fstream>
#include <iterator>

#include "tls/test_keys.h"

namespace zoobar {
namespace {

TEST(ReadChain, SaysWhatIsInACertificate) {
  const TestKey made = SelfSigned(NewEcKey(), "DNS:Example.ORG,DNS:*.example.org,IP:192.0.2.7,IP:2001:db8::1");
  const Result<Certificate> about = ReadChain("some text before it\n" + made.chain);
  ASSERT_TRUE(about.ok()) << about.error().text;
  EXPECT_EQ(std::vector<std::string>(about->names().begin(), about->names().end()),
            (std::vector<std::string>{"example.org", "*.example.org", "192.0.2.7", "2001:db8::1"}));
  EXPECT_EQ(about->kind(), KEY_KIND_ECDSA_P256);
  EXPECT_EQ(about->key_id().size(), 32u);
  EXPECT_EQ(about->not_after() - about->not_before(), 90 * 86400);
  EXPECT_TRUE(about->self_signed());
  EXPECT_EQ(about->issuer(), "CN=test");
  EXPECT_TRUE(CheckKeyOf(*about, made.pair.get()).ok());
  EXPECT_FALSE(CheckKeyOf(*about, NewEcKey().get()).ok());
}

TEST(ReadChain, KeepsTheOtherCertificatesOfTheChain) {
  const TestKey own = SelfSigned(NewRsaKey(), "DNS:a.test"), other = SelfSigned(NewEcKey("P-384"), "DNS:b.test");
  const Result<Certificate> about = ReadChain(own.chain + other.chain);
  ASSERT_TRUE(about.ok());
  EXPECT_EQ(about->chain_size(), 2);
  EXPECT_EQ(about->kind(), KEY_KIND_RSA);
  EXPECT_EQ(about->names_size(), 1);
  std::string many;
  for (int i = 0; i <= kMaxChain; ++i) many += other.chain;
  EXPECT_FALSE(ReadChain(many).ok());
}

TEST(ReadChain, RefusesWhatCannotBeServed) {
  EXPECT_FALSE(ReadChain("").ok());
  EXPECT_FALSE(ReadChain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
  EXPECT_FALSE(ReadChain(SelfSigned(NewEcKey(), "").chain).ok()) << "without a name";
  EXPECT_FALSE(ReadChain(SelfSigned(NewRsaKey(1024), "DNS:a.test").chain).ok()) << "a short key";
  EXPECT_FALSE(ReadChain(SelfSigned(NewEcKey("P-521"), "DNS:a.test").chain).ok()) << "another curve";
  EXPECT_FALSE(ReadChain(std::string(kMaxChainBytes + 1, ' ')).ok());
}

TEST(ReadChain, LeavesNoErrorForALaterCall) {
  std::ifstream file(ZOOBAR_SOURCE_DIR "/test/fuzz/corpus/certificate/broken_alt_name");
  const std::string unread(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(ReadChain(unread).ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(ReadPrivateKey, RefusesAKeyWithAPasswordAndWhatIsNone) {
  const PkeyPtr key = NewEcKey();
  EXPECT_TRUE(ReadPrivateKey(View(PemOf(key.get()))).ok());
  const BioPtr text(BIO_new(BIO_s_mem()));
  char password[] = "secret";
  ASSERT_EQ(PEM_write_bio_PrivateKey(text.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, password), 1);
  const char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  const Result<PkeyPtr> read = ReadPrivateKey({data, static_cast<std::size_t>(size)});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().text, "the private key is encrypted with a password");
  EXPECT_FALSE(ReadPrivateKey("nothing").ok());
}

TEST(IsFor, TakesOneLabelForAStar) {
  Certificate about;
  about.add_names("example.org");
  about.add_names("*.example.org");
  EXPECT_TRUE(IsFor(about, "example.org"));
  EXPECT_TRUE(IsFor(about, "www.example.org"));
  EXPECT_FALSE(IsFor(about, "a.b.example.org"));
  EXPECT_FALSE(IsFor(about, ".example.org"));
  EXPECT_FALSE(IsFor(about, "example.com"));
  EXPECT_FALSE(IsFor(about, ""));
}

}  // namespace
}  // namespace zoobar
