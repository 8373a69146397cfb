// The certificates that `zoobar ctl certificate` makes, reads, writes and shows.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "live_site/temporary_directory.h"
#include "operator/certificate_files.h"
#include "operator/certificates_print.h"
#include "operator/self_signed.h"
#include "tls/certificate.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(SelfSigned, HasItsNamesItsKeyAndItsTime) {
  const Result<CertificateFiles> made =
      MakeSelfSigned({.names = {"Bank.Example", "*.bank.example"}, .addresses = {"192.0.2.1", "::1"}, .days = 30});
  ASSERT_TRUE(made.ok()) << made.error().text;
  const Result<Certificate> read = ReadChain(made->chain);
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_THAT(read->names(), ElementsAre("bank.example", "*.bank.example", "192.0.2.1", "::1"));
  EXPECT_EQ(read->kind(), KEY_KIND_ECDSA_P256);
  EXPECT_TRUE(read->self_signed());
  EXPECT_NEAR(static_cast<double>(read->not_after()), static_cast<double>(std::time(nullptr) + 30 * 86400), 600);
  EXPECT_LT(read->not_before(), std::time(nullptr));
  const Result<PkeyPtr> key = ReadPrivateKey(View(made->key));
  ASSERT_TRUE(key.ok()) << key.error().text;
  EXPECT_TRUE(CheckKeyOf(*read, key->get()).ok());
}

TEST(SelfSigned, NoTwoHaveTheSameKey) {
  EXPECT_NE(MakeSelfSigned({.names = {"a"}, .addresses = {}})->key,
            MakeSelfSigned({.names = {"a"}, .addresses = {}})->key);
}

TEST(SelfSigned, WhatCannotBeInACertificateIsRefused) {
  const auto why = [](SelfSignedOptions options) {
    const Result<CertificateFiles> made = MakeSelfSigned(options);
    return made.ok() ? "" : made.error().text;
  };
  EXPECT_THAT(why({.names = {}, .addresses = {}}), HasSubstr("needs a name or an address"));
  for (const char* name : {"", "a b", "a,DNS:evil.example", "a\nb", "-a", "a-", ".a", "a.", "a..b", "*", "*.", "a.*.b",
                           "\xc3\xa9.example", "a:b", "a@b", "a;b"}) {
    EXPECT_THAT(why({.names = {name}, .addresses = {}}), HasSubstr("is not a DNS name")) << name;
  }
  EXPECT_THAT(why({.names = {std::string(64, 'a')}, .addresses = {}}), HasSubstr("is not a DNS name"));
  EXPECT_EQ(why({.names = {std::string(63, 'a') + "." + std::string(63, 'b')}, .addresses = {}}), "");
  for (const char* address : {"", "a", "1.2.3", "1.2.3.4/8", "1.2.3.4,DNS:evil.example"}) {
    EXPECT_THAT(why({.names = {}, .addresses = {address}}), HasSubstr("is not an IP address")) << address;
  }
  EXPECT_THAT(why({.names = {"a"}, .addresses = {}, .days = 0}), HasSubstr("days must be 1 to 3650"));
  EXPECT_THAT(why({.names = {"a"}, .addresses = {}, .days = 3651}), HasSubstr("days must be 1 to 3650"));
  EXPECT_THAT(why({.names = std::vector<std::string>(101, "a"), .addresses = {}}), HasSubstr("at most 100 names"));
}

class CertificateFilesTest : public testing::Test {
 protected:
  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
};

TEST_F(CertificateFilesTest, OnlyTheOwnerMayReadWhatIsWritten) {
  const mode_t before = umask(0);
  const std::string folder = folder_ + "/new";
  const Status written = WriteCertificateFiles(folder, {.chain = "the chain", .key = ToBytes("the key")});
  umask(before);
  ASSERT_TRUE(written.ok()) << written.error().text;
  struct stat about;
  ASSERT_EQ(stat(folder.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0700u);
  for (const char* name : {"/fullchain.pem", "/privkey.pem"}) {
    ASSERT_EQ(stat((folder + name).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600u) << name;
  }
  const Result<CertificateFiles> read = ReadCertificateFiles(folder + "/fullchain.pem", folder + "/privkey.pem");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->chain, "the chain");
  EXPECT_EQ(View(read->key), "the key");
}

TEST_F(CertificateFilesTest, NothingIsReplacedAndNothingIsLeft) {
  std::ofstream(folder_ + "/fullchain.pem") << "old";
  const Status written = WriteCertificateFiles(folder_, {.chain = "new", .key = ToBytes("new")});
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().text, HasSubstr("fullchain.pem"));
  EXPECT_FALSE(fs::exists(folder_ + "/privkey.pem"));
  fs::create_symlink("/nowhere", folder_ + "/privkey.pem");
  EXPECT_FALSE(WriteCertificateFiles(folder_, {.chain = "new", .key = ToBytes("new")}).ok());
}

TEST_F(CertificateFilesTest, ALargeEmptyOrMissingFileIsNamedWithItsLimit) {
  std::ofstream(folder_ + "/chain") << "x";
  std::ofstream(folder_ + "/large") << std::string(kMaxChainBytes + 1, 'x');
  std::ofstream(folder_ + "/largest") << std::string(kMaxKeyBytes, 'x');
  std::ofstream(folder_ + "/empty") << "";
  const auto why = [&](const std::string& chain, const std::string& key) {
    const auto read = ReadCertificateFiles(folder_ + chain, folder_ + key);
    return read.ok() ? "" : read.error().text;
  };
  EXPECT_EQ(why("/chain", "/largest"), "");
  EXPECT_THAT(why("/large", "/chain"), HasSubstr("/large: the file is longer than 65536 bytes"));
  EXPECT_THAT(why("/chain", "/large"), HasSubstr("/large: the file is longer than 16384 bytes"));
  EXPECT_THAT(why("/chain", "/empty"), HasSubstr("/empty: the file is empty"));
  EXPECT_THAT(why("/missing", "/chain"), HasSubstr("/missing"));
}

CertificateReport Report(int days, bool soon) {
  CertificateReport report;
  report.add_names("a.example");
  report.add_names("b\x1b[2J.example");
  report.set_days_left(days);
  report.set_ends_soon(soon);
  report.set_not_after(1800000000);
  report.set_kind(KEY_KIND_RSA);
  report.set_issuer("CN=Authority");
  return report;
}

std::string Printed(const std::vector<CertificateReport>& reports) {
  std::ostringstream out;
  PrintCertificates({reports.begin(), reports.end()}, out);
  return out.str();
}

TEST(CertificatesPrint, ARowForEachAndAWarningForTheOneThatEndsSoon) {
  const std::string text = Printed({Report(80, false), Report(13, true)});
  EXPECT_THAT(text, HasSubstr("CERTIFICATE ENDS IN 13 DAYS: a.example"));
  EXPECT_THAT(text, HasSubstr("80  2027-01-15  RSA  configured  CN=Authority"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(Printed({Report(1, true)}), HasSubstr("ENDS IN 1 DAY:"));
  EXPECT_THAT(Printed({Report(0, true)}), HasSubstr("ENDS TODAY"));
  EXPECT_THAT(Printed({Report(-1, true)}), HasSubstr("HAS ENDED"));
  EXPECT_THAT(Printed({}), HasSubstr("no certificate"));
}

}  // namespace
}  // namespace zoobar
