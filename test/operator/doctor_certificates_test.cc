#include "operator/doctor_certificates.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "live_site/temporary_directory.h"
#include "tls/made_certificate.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class DoctorCertificates : public testing::Test {
 protected:
  void Write(const char* name, const std::string& text) {
    const std::string path = folder_ + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), 0600);
  }
  // The finding for files with this content.
  Finding Check(const std::string& chain, const std::string& key) {
    Write("/chain.pem", chain);
    Write("/key.pem", key);
    return CheckPair(Configured().tls(0));
  }
  Config Configured() const {
    Config config;
    config.add_tls()->set_certificate(folder_ + "/chain.pem");
    config.mutable_tls(0)->set_key(folder_ + "/key.pem");
    return config;
  }

  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
};

TEST_F(DoctorCertificates, ShowsNamesAndDaysOfGoodFiles) {
  const MadeCertificate made = Make({.names = "DNS:a.test,DNS:b.test", .until_days = 60});
  const Finding finding = Check(made.Pem(), made.KeyPem());
  EXPECT_EQ(finding.verdict, Verdict::kOk) << finding.found;
  EXPECT_THAT(finding.found, MatchesRegex("a.test b.test, (59|60) days left"));
}

TEST_F(DoctorCertificates, SaysWhatIsWrongWithBadFiles) {
  const MadeCertificate made = Make({}), other = Make({});
  const Finding mixed = Check(made.Pem(), other.KeyPem());
  EXPECT_EQ(mixed.verdict, Verdict::kLimited);
  EXPECT_THAT(mixed.found, HasSubstr("not the one of the certificate"));
  EXPECT_THAT(Check("no PEM", made.KeyPem()).found, HasSubstr("no certificate in PEM"));
  const MadeCertificate old = Make({.from_days = -90, .until_days = -1});
  EXPECT_THAT(Check(old.Pem(), old.KeyPem()).found, HasSubstr("ended at"));
  const MadeCertificate soon = Make({.until_days = 10});
  const Finding ends = Check(soon.Pem(), soon.KeyPem());
  EXPECT_EQ(ends.verdict, Verdict::kLimited);
  EXPECT_THAT(ends.found, MatchesRegex("a.test, (9|10) days left"));
}

TEST_F(DoctorCertificates, FilesWithoutWhichTheSiteDoesNotStartAreMissing) {
  EXPECT_EQ(CheckCertificates(Configured()).at(0).verdict, Verdict::kMissing);
  const MadeCertificate made = Make({});
  Check(made.Pem(), made.KeyPem());
  chmod((folder_ + "/key.pem").c_str(), 0644);
  EXPECT_EQ(CheckCertificates(Configured()).at(0).verdict, Verdict::kMissing) << "others can read the key";
}

TEST_F(DoctorCertificates, AListenerWithTlsAndNoCertificateIsNamed) {
  Config config;
  EXPECT_TRUE(CheckCertificates(config).empty());
  config.add_listen()->set_tls(true);
  ASSERT_EQ(CheckCertificates(config).size(), 1u);
  EXPECT_EQ(CheckCertificates(config)[0].verdict, Verdict::kLimited);
}

}  // namespace
}  // namespace zoobar
