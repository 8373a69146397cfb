#include "tls/installable.h"

#include <gmock/gmock.h>

#include "tls/certificate.h"
#include "tls/made_certificate.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

// Why this chain may not be installed; empty: it may.
std::string Refusal(const std::string& pem) {
  const Result<Certificate> read = ReadChain(pem);
  if (!read.ok()) return read.error().text;
  const Status status = CheckInstallable(*read, std::time(nullptr));
  return status.ok() ? "" : status.error().text;
}

TEST(Installable, AChainInItsOrder) {
  const MadeCertificate root = Make({.subject = "root"});
  const MadeCertificate middle = Make({.subject = "middle", .issuer = &root});
  const MadeCertificate leaf = Make({.issuer = &middle});
  EXPECT_EQ(Refusal(leaf.Pem()), "");
  EXPECT_EQ(Refusal(leaf.Pem() + middle.Pem()), "");
  EXPECT_EQ(Refusal(leaf.Pem() + middle.Pem() + root.Pem()), "");
}

TEST(Installable, NotAChainInAnotherOrder) {
  const MadeCertificate root = Make({.subject = "root"});
  const MadeCertificate middle = Make({.subject = "middle", .issuer = &root});
  const MadeCertificate leaf = Make({.issuer = &middle});
  EXPECT_EQ(Refusal(leaf.Pem() + root.Pem() + middle.Pem()),
            "the chain is in the wrong order: certificate 1 is not signed by certificate 2");
  EXPECT_EQ(Refusal(leaf.Pem() + middle.Pem() + leaf.Pem()),
            "the chain is in the wrong order: certificate 2 is not signed by certificate 3");
  // Its subject is right, but it has another key.
  EXPECT_THAT(Refusal(leaf.Pem() + Make({.subject = "middle"}).Pem()), HasSubstr("wrong order"));
}

TEST(Installable, NotOneThatHasEndedOrHasNotBegun) {
  EXPECT_THAT(Refusal(Make({.from_days = -90, .until_days = -1}).Pem()), HasSubstr("the certificate ended at "));
  EXPECT_THAT(Refusal(Make({.from_days = 1}).Pem()), HasSubstr("the certificate is not valid before "));
  const MadeCertificate old = Make({.subject = "old", .from_days = -90, .until_days = -1});
  EXPECT_EQ(Refusal(Make({.issuer = &old}).Pem() + old.Pem()), "") << "only the server's own dates count";
}

TEST(Installable, NotOneWithAWeakKeyOrWithoutNames) {
  EXPECT_THAT(Refusal(Make({.rsa_bits = 1024}).Pem()), HasSubstr("1024 bits; 2048 to 4096"));
  EXPECT_EQ(Refusal(Make({.rsa_bits = 2048}).Pem()), "");
  EXPECT_THAT(Refusal(Make({.curve = "P-521"}).Pem()), HasSubstr("P-256 or P-384"));
  EXPECT_THAT(Refusal(Make({.names = ""}).Pem()), HasSubstr("names no host"));
  EXPECT_THAT(Refusal(Make({.names = "email:a@a.test"}).Pem()), HasSubstr("names no host"));
}

}  // namespace
}  // namespace zoobar
