// What admin passes on between `zoobar ctl` and keys.
#include <gmock/gmock.h>

#include "roles/admin/certificates.h"
#include "roles/admin/fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kDaySeconds = 86400;

Certificate CertificateOf(std::int64_t from_days, std::int64_t until_days) {
  Certificate certificate;
  certificate.add_names("bank.example");
  certificate.set_not_before(1'000'000'000 + from_days * kDaySeconds);
  certificate.set_not_after(1'000'000'000 + until_days * kDaySeconds);
  return certificate;
}

bool EndsSoon(std::int64_t from_days, std::int64_t until_days) {
  return ReportOf(CertificateOf(from_days, until_days), 1'000'000'000).ends_soon();
}

TEST(CertificateReport, EndsSoonUnderFourteenDaysOrAThirdOfItsTime) {
  EXPECT_FALSE(EndsSoon(-76, 14));
  EXPECT_TRUE(EndsSoon(-77, 13));
  EXPECT_FALSE(EndsSoon(-1, 5)) << "a certificate for six days has enough time with five";
  EXPECT_FALSE(EndsSoon(-4, 2));
  EXPECT_TRUE(EndsSoon(-5, 1));
  EXPECT_TRUE(EndsSoon(-90, -1));
}

TEST(CertificateReport, CountsWholeDays) {
  EXPECT_EQ(ReportOf(CertificateOf(-1, 14), 1'000'000'000).days_left(), 14);
  EXPECT_EQ(ReportOf(CertificateOf(-1, 14), 1'000'000'001).days_left(), 13);
  EXPECT_EQ(ReportOf(CertificateOf(-1, 0), 1'000'000'001).days_left(), -1);
}

TEST(CertificateReport, SendsOnOnlyPrintableAscii) {
  Certificate certificate = CertificateOf(0, 1);
  certificate.add_names("b\x1b[2J\xff.example");
  certificate.set_issuer("CN=\xc3\xa9\n");
  const CertificateReport report = ReportOf(certificate, 0);
  EXPECT_THAT(report.names(), ElementsAre("bank.example", "b?[2J?.example"));
  EXPECT_EQ(report.issuer(), "CN=???");
}

// Plays keys.
class FakeKeys {
 public:
  FakeKeys() {
    service.Handle(&FakeKeys::Certificates, this);
    service.Handle(&FakeKeys::Install, this);
  }
  Task<Result<Outgoing<CertificatesReply>>> Certificates(Incoming<CertificatesRequest>) {
    if (!answers) co_return Error{"ill"};
    CertificatesReply reply;
    *reply.add_certificates() = CertificateOf(0, 1);
    co_return reply;
  }
  Task<Result<Outgoing<InstallReply>>> Install(Incoming<InstallRequest> call) {
    chain = call.message.chain();
    key = std::string(View(call.secret));
    InstallReply reply;
    reply.set_refused(refused);
    if (refused.empty()) *reply.mutable_installed() = CertificateOf(0, 1);
    reply.set_replaced(2);
    co_return reply;
  }
  Service service;
  bool answers = true;
  std::string refused, chain, key;
};

class AdminCertificates : public AdminFixture {
 protected:
  void Begin() {
    site_.Connect(ROLE_ADMIN, ROLE_KEYS, keys_.service);
    Make();
    operator_ = Connect();
  }
  InstallCertificateRequest Request() const {
    InstallCertificateRequest request;
    request.mutable_install()->set_chain("the chain");
    return request;
  }

  FakeKeys keys_;
  std::shared_ptr<Channel> operator_;
};

TEST_F(AdminCertificates, AKeyGoesToKeysAndIntoNoLog) {
  Begin();
  ASSERT_EQ(Authenticate(operator_), "accepted");
  const auto reply = Call<InstallCertificateReply>(operator_, Request(), "the private key");
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.refused(), "");
  EXPECT_THAT(reply->message.installed().names(), ElementsAre("bank.example"));
  EXPECT_EQ(reply->message.replaced(), 2u);
  EXPECT_EQ(keys_.chain, "the chain");
  EXPECT_EQ(keys_.key, "the private key");
  ASSERT_EQ(site_.lines.Named("control-certificate").size(), 1u);
  for (const FakeLog::Line& line : site_.lines.lines) {
    for (const auto& [name, value] : line.fields) EXPECT_EQ(value.find("private key"), std::string::npos) << line.event;
  }
}

TEST_F(AdminCertificates, ARefusalIsPassedOnWithItsReason) {
  keys_.refused = "the private key is not the one of the certificate";
  Begin();
  ASSERT_EQ(Authenticate(operator_), "accepted");
  const auto reply = Call<InstallCertificateReply>(operator_, Request(), "key");
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.refused(), keys_.refused);
  EXPECT_FALSE(reply->message.has_installed());
  EXPECT_EQ(site_.lines.Named("control-certificate-refused").size(), 1u);
}

TEST_F(AdminCertificates, NobodyInstallsOneWithoutAuthentication) {
  Begin();
  EXPECT_FALSE(Call<InstallCertificateReply>(operator_, Request(), "key").ok());
  EXPECT_EQ(keys_.chain, "");
  auto other = Connect();
  EXPECT_FALSE(Call<ListCertificatesReply>(other, ListCertificatesRequest()).ok());
}

TEST_F(AdminCertificates, TheStatusHasThemOrSaysThatKeysDoesNotAnswer) {
  Begin();
  ASSERT_EQ(Authenticate(operator_), "accepted");
  auto status = Call<StatusReply>(operator_, StatusRequest());
  ASSERT_TRUE(status.ok());
  EXPECT_TRUE(status->message.knows_certificates());
  ASSERT_EQ(status->message.certificates_size(), 1);
  EXPECT_TRUE(status->message.certificates(0).ends_soon());
  keys_.answers = false;
  status = Call<StatusReply>(operator_, StatusRequest());
  ASSERT_TRUE(status.ok());
  EXPECT_FALSE(status->message.knows_certificates());
  EXPECT_FALSE(Call<ListCertificatesReply>(operator_, ListCertificatesRequest()).ok());
}

TEST(CertificateReport, TimesMayBeAnyNumber) {
  for (const std::int64_t time : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    Certificate certificate;
    certificate.set_not_before(-time - 1);
    certificate.set_not_after(time);
    const CertificateReport report = ReportOf(certificate, 1'000'000'000);
    EXPECT_EQ(report.days_left(), time < 0 ? -99999 : 99999);
    EXPECT_EQ(report.ends_soon(), time < 0);
  }
}

}  // namespace
}  // namespace zoobar
