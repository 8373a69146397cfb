#include "roles/keys.h"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include "site/fake_site.h"
#include "store/certificates.h"
#include "store/scratch.h"
#include "tls/certificate.h"
#include "tls/handshake_content.h"
#include "tls/test_keys.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Fd FileOf(std::string_view content) {
  Fd file(memfd_create("pem", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  return file;
}

class KeysTest : public testing::Test {
 protected:
  ~KeysTest() override { Stop(); }
  void Stop() {
    edge_.reset();
    admin_.reset();
    keys_.reset();
  }
  // Starts the role anew, with these certificates in the configuration.
  void Start(const std::vector<const TestKey*>& configured = {}) {
    Stop();
    site_ = std::make_unique<FakeSite>();
    for (const TestKey* each : configured) {
      const int i = site_->settings.tls_size();
      site_->settings.add_tls()->set_certificate("file.pem");
      site_->passed["tls." + std::to_string(i) + ".certificate"] = FileOf(each->chain);
      site_->passed["tls." + std::to_string(i) + ".key"] = FileOf(View(each->key));
    }
    keys_ = std::make_unique<Keys>(*site_, folder_.path());
    edge_ = site_->CallAs(ROLE_EDGE, ROLE_KEYS);
    admin_ = site_->CallAs(ROLE_ADMIN, ROLE_KEYS);
  }
  std::vector<std::string> FirstNames() {
    const auto reply = site_->Wait(edge_->Call<CertificatesReply>(CertificatesRequest()));
    std::vector<std::string> names;
    if (!reply.ok()) return {"no reply"};
    for (const Certificate& one : reply->message.certificates()) names.push_back(one.names(0));
    return names;
  }
  InstallReply Install(const TestKey& made) { return Install(made.chain, made.key); }
  InstallReply Install(const std::string& chain, const Bytes& key) {
    InstallRequest request;
    request.set_chain(chain);
    auto reply = site_->Wait(admin_->Call<InstallReply>(std::move(request), key));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? std::move(reply->message) : InstallReply();
  }
  Result<Incoming<SignReply>> Sign(const std::string& key_id, std::uint32_t scheme, const std::string& content) {
    SignRequest request;
    request.set_key_id(key_id);
    request.set_scheme(scheme);
    request.set_content(content);
    return site_->Wait(edge_->Call<SignReply>(std::move(request)));
  }
  static std::string KeyId(const TestKey& made) { return MustHave(ReadChain(made.chain)).key_id(); }

  const std::string content_ =
      std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + std::string(1, '\0') + std::string(32, 'h');
  TemporaryDirectory folder_;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Keys> keys_;
  std::shared_ptr<Channel> edge_, admin_;
};

TEST_F(KeysTest, AnswersEveryMethodOfItsService) {
  Start();
  EXPECT_THAT(site_->service().Missing(ROLE_KEYS), ElementsAre());
}

TEST_F(KeysTest, SignsAHandshakeWithTheKeyOfTheConfiguration) {
  const TestKey made = SelfSigned(NewEcKey(), "DNS:example.org");
  Start({&made});
  const auto reply = Sign(KeyId(made), 0x0403, content_);
  ASSERT_TRUE(reply.ok()) << reply.error().text;
  const std::string& signature = reply->message.signature();
  const DigestContextPtr context(EVP_MD_CTX_new());
  ASSERT_EQ(EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, made.pair.get(), nullptr), 1);
  EXPECT_EQ(EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                             reinterpret_cast<const unsigned char*>(content_.data()), content_.size()),
            1);
}

TEST_F(KeysTest, SignsNothingElseAndRaisesAnAlarm) {
  const TestKey made = SelfSigned(NewEcKey(), "DNS:example.org");
  Start({&made});
  for (const std::string& content : {std::string("a certificate request"), std::string(32, 'h'), std::string()})
    EXPECT_FALSE(Sign(KeyId(made), 0x0403, content).ok());
  EXPECT_FALSE(Sign(KeyId(made), 0x0804, content_).ok()) << "a scheme for another kind of key";
  EXPECT_FALSE(Sign(KeyId(made), 0x1234, content_).ok());
  const auto refused = site_->lines.Named("signature-refused");
  EXPECT_EQ(refused.size(), 5u);
  for (const auto& line : refused) EXPECT_TRUE(line.security);
  EXPECT_TRUE(site_->misbehaviours.empty());
}

TEST_F(KeysTest, SaysIfAKeyIsNotThereAnyMore) {
  Start();
  const auto reply = Sign(std::string(32, 'k'), 0x0403, content_);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.refusal(), SignReply::REFUSAL_NO_SUCH_KEY);
}

TEST_F(KeysTest, OffersCertificatesInTheirOrderAndNoKey) {
  const TestKey one = SelfSigned(NewEcKey(), "DNS:one.test"), two = SelfSigned(NewRsaKey(), "DNS:two.test");
  Start({&one, &two});
  EXPECT_THAT(FirstNames(), ElementsAre("one.test", "two.test"));
  const auto reply = site_->Wait(admin_->Call<CertificatesReply>(CertificatesRequest()));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->secret.empty());
  EXPECT_EQ(reply->message.certificates(1).kind(), KEY_KIND_RSA);
  EXPECT_EQ(reply->message.certificates(0).origin(), CERTIFICATE_CONFIGURED);
}

TEST_F(KeysTest, LeavesOutAnUnusableCertificateOfTheConfiguration) {
  TestKey one = SelfSigned(NewEcKey(), "DNS:one.test"), two = SelfSigned(NewEcKey(), "DNS:two.test");
  std::swap(one.key, two.key);
  const TestKey good = SelfSigned(NewEcKey(), "DNS:good.test");
  Start({&one, &good});
  EXPECT_THAT(FirstNames(), ElementsAre("good.test"));
  ASSERT_EQ(site_->lines.Named("certificate-unusable").size(), 1u);
  EXPECT_THAT(site_->lines.Named("certificate-unusable")[0].Text(), HasSubstr("not the one of the certificate"));
}

TEST_F(KeysTest, InstallsACertificateAndKeepsItWhenItIsStartedAgain) {
  const TestKey configured = SelfSigned(NewEcKey(), "DNS:example.org", -3600);
  const TestKey fresh = SelfSigned(NewEcKey(), "DNS:example.org,DNS:www.example.org");
  Start({&configured});
  const InstallReply reply = Install(fresh);
  EXPECT_EQ(reply.refused(), "");
  EXPECT_EQ(reply.replaced(), 1u);
  EXPECT_EQ(reply.installed().origin(), CERTIFICATE_INSTALLED);
  EXPECT_TRUE(Sign(KeyId(fresh), 0x0403, content_)->message.signature().size() > 0);
  // A handshake that began before still gets its signature.
  EXPECT_GT(Sign(KeyId(configured), 0x0403, content_)->message.signature().size(), 0u);
  EXPECT_EQ(Sign(std::string(32, 'x'), 0x0403, content_)->message.refusal(), SignReply::REFUSAL_NO_SUCH_KEY);
  ASSERT_EQ(site_->lines.Named("certificate-installed").size(), 1u);
  Start({&configured});
  EXPECT_EQ(Sign(KeyId(fresh), 0x0403, content_)->message.refusal(), SignReply::REFUSAL_NONE);
}

TEST_F(KeysTest, ADamagedEntryOfItsStoreTakesNoOtherCertificateAway) {
  const TestKey good = SelfSigned(NewEcKey(), "DNS:good.test");
  Start();
  EXPECT_EQ(Install(good).refused(), "");
  Stop();
  {
    Loop loop;
    auto store = MustHave(CertificateStore::Open(loop, folder_.path(), site_->settings.store()));
    const Table table = store->environment().table("certificates");
    auto damage = [table](WriteTransaction& tx) -> Result<bool> {
      tx.Put(table, std::string(32, '\x01'), "no certificate");
      return true;
    };
    ASSERT_TRUE(store->environment().WriteFirst(std::move(damage)).ok());
  }
  Start();
  EXPECT_THAT(FirstNames(), ElementsAre("good.test"));
  ASSERT_EQ(site_->lines.Named("certificate-unusable").size(), 1u);
  EXPECT_THAT(site_->lines.Named("certificate-unusable")[0].Text(), HasSubstr("certificates: the entry 01010101"));
}

TEST_F(KeysTest, AnInstalledCertificateReplacesOnlyThoseWhoseNamesItAllHasAndOfItsKind) {
  const TestKey rsa = SelfSigned(NewRsaKey(), "DNS:example.org", -3600);
  const TestKey more = SelfSigned(NewEcKey(), "DNS:example.org,DNS:more.test", -3600);
  Start({&rsa, &more});
  EXPECT_EQ(Install(SelfSigned(NewEcKey(), "DNS:example.org")).replaced(), 0u);
  EXPECT_THAT(FirstNames(), ElementsAre("example.org", "example.org", "example.org"));
  EXPECT_EQ(Install(SelfSigned(NewEcKey(), "DNS:more.test,DNS:example.org")).replaced(), 2u);
  EXPECT_THAT(FirstNames(), ElementsAre("example.org", "more.test"));
}

TEST_F(KeysTest, ACertificateOfTheConfigurationThatIsNewerStays) {
  const TestKey older = SelfSigned(NewEcKey(), "DNS:example.org", -7200);
  const TestKey newer = SelfSigned(NewEcKey(), "DNS:example.org", -60);
  Start();
  EXPECT_EQ(Install(older).refused(), "");
  Start({&newer});
  EXPECT_EQ(Sign(KeyId(older), 0x0403, content_)->message.refusal(), SignReply::REFUSAL_NO_SUCH_KEY);
  EXPECT_THAT(Install(older).refused(), HasSubstr("became valid later"));
  EXPECT_EQ(Sign(KeyId(newer), 0x0403, content_)->message.refusal(), SignReply::REFUSAL_NONE);
}

TEST_F(KeysTest, RefusesToInstallWhatCannotBeServedAndSaysWhy) {
  Start();
  const TestKey one = SelfSigned(NewEcKey(), "DNS:one.test"), two = SelfSigned(NewEcKey(), "DNS:two.test");
  EXPECT_THAT(Install(one.chain, two.key).refused(), HasSubstr("not the one of the certificate"));
  EXPECT_THAT(Install("nothing", one.key).refused(), HasSubstr("no certificate"));
  EXPECT_THAT(Install(one.chain, ToBytes("nothing")).refused(), HasSubstr("private key"));
  EXPECT_THAT(FirstNames(), ElementsAre());
}

TEST_F(KeysTest, TellsEdgeThatACertificateIsNew) {
  struct FakeEdge {
    FakeEdge() { service.Handle(&FakeEdge::CertificatesChanged, this); }
    Task<Result<Outgoing<Nothing>>> CertificatesChanged(Incoming<CertificatesChangedRequest>) {
      ++told;
      co_return Nothing();
    }
    Service service;
    int told = 0;
  } edge;
  Start();
  site_->Connect(ROLE_KEYS, ROLE_EDGE, edge.service);
  Install(SelfSigned(NewEcKey(), "DNS:example.org"));
  site_->RunUntil([&] { return edge.told == 1; });
  Stop();
  site_.reset();
}

TEST_F(KeysTest, OnlyEdgeGetsSignaturesAndOnlyAdminInstalls) {
  Start();
  EXPECT_FALSE(site_->Wait(admin_->Call<SignReply>(SignRequest())).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
  EXPECT_FALSE(site_->Wait(edge_->Call<InstallReply>(InstallRequest())).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 2u);
}

TEST_F(KeysTest, GivesAllInstancesTheSameTicketKeys) {
  Start();
  const auto other = site_->CallAs(ROLE_EDGE, ROLE_KEYS);
  const auto one = site_->Wait(edge_->Call<TicketKeysReply>(TicketKeysRequest()));
  const auto two = site_->Wait(other->Call<TicketKeysReply>(TicketKeysRequest()));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->secret, two->secret);
  EXPECT_EQ(one->secret.size(), TicketKeyRing::kBytes);
}

TEST(TicketKeyRing, DrawsNewKeysAndDropsThemAfterADay) {
  TicketKeyRing ring;
  Bytes first;
  const TicketKeysReply reply = ring.Give(0, first);
  EXPECT_EQ(reply.keys(0).expires_in_ms(), TicketKeyRing::kLifeMs);
  EXPECT_EQ(reply.next_in_ms(), TicketKeyRing::kNewestMs);
  Bytes second;
  ring.Give(TicketKeyRing::kNewestMs - 1, second);
  EXPECT_EQ(first, second);
  Bytes third;
  EXPECT_EQ(ring.Give(TicketKeyRing::kNewestMs, third).keys_size(), 2);
  EXPECT_EQ(View(third).substr(TicketKeyRing::kBytes), View(first)) << "the newest comes first";
  EXPECT_NE(View(third).substr(0, TicketKeyRing::kBytes), View(first));
  Bytes later;
  ring.Give(TicketKeyRing::kLifeMs, later);
  EXPECT_EQ(View(later).find(View(first)), std::string_view::npos);
  for (std::int64_t now = TicketKeyRing::kLifeMs; now < 5 * TicketKeyRing::kLifeMs; now += TicketKeyRing::kHourMs) {
    ring.Advance(now);
    EXPECT_LE(ring.size(), 4u);
  }
}

}  // namespace
}  // namespace zoobar
