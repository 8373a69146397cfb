// Certificates of a running site: how an operator gets, installs and renews them, with the programs that people use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "live_site/live_site.h"
#include "system/acme_server.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

// A site with a plain listener, which redirects to the second one, and a listener with TLS.
class CertificatesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    site_->listens = {"127.0.0.1:0,redirect", "127.0.0.1:0,tls"};
    site_->settings.push_back("http { hsts_seconds: 31536000 }");
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static std::string Plain() { return site_->Addresses().at(0); }
  static std::string Tls() {
    const std::string line = site_->Addresses().at(1);
    return line.substr(0, line.find(','));
  }
  static std::string Folder(const std::string& name) {
    const std::string folder = site_->scratch() + "/" + name;
    fs::create_directories(folder);
    return folder;
  }
  // A file of the site, as curl gets it for this host. Curl trusts only the certificates in `trusted`.
  static Ended Fetch(const std::string& host, const std::string& trusted, std::vector<std::string> more = {}) {
    std::vector<std::string> command = {"curl",       "-sS",       "-i",
                                        "--max-time", "50",        "--cacert",
                                        trusted,      "--resolve", host + ":" + PortOf(Tls()) + ":127.0.0.1"};
    command.insert(command.end(), more.begin(), more.end());
    command.push_back("https://" + host + ":" + PortOf(Tls()) + kStyle);
    return ExecuteProgram(std::move(command));
  }
  // The PEM of the certificate that the site shows for this host.
  static std::string Shown(const std::string& host) {
    const Ended ended = ExecuteProgram({"openssl", "s_client", "-connect", Tls(), "-servername", host, "-showcerts"});
    const std::size_t begin = ended.output.find("-----BEGIN CERTIFICATE"), end = ended.output.find("-----END");
    return begin == std::string::npos ? ended.output : ended.output.substr(begin, end - begin);
  }

  static std::unique_ptr<LiveSite> site_;
};

std::unique_ptr<LiveSite> CertificatesTest::site_;

TEST_F(CertificatesTest, ASelfSignedOneIsMadeInstalledAndShown) {
  const Ended made = site_->Ctl({"certificate", "self-signed", "--name", "self.test", "--ip", "127.0.0.1"});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_THAT(made.output, ContainsRegex("installed: self.test 127.0.0.1 .ECDSA P-256, 36[45] days left, self-signed"));
  const Ended list = site_->Ctl({"certificate", "list"});
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.output, HasSubstr("self.test 127.0.0.1"));
  const Ended status = site_->Ctl({"--json", "status"});
  EXPECT_THAT(status.output, ContainsRegex("\"days_left\": 36[45]"));
  EXPECT_THAT(Shown("self.test"), HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(CertificatesTest, FilesMadeForTheConfigurationWorkAsInstalledOnes) {
  const std::string folder = site_->scratch() + "/made";
  const std::vector<std::string> make = {"certificate", "self-signed", "--name", "made.test",
                                         "--days",      "30",          "--out",  folder};
  const Ended made = site_->Ctl(make);
  ASSERT_EQ(made.status, 0) << made.output;
  for (const char* name : {"fullchain.pem", "privkey.pem"}) {
    EXPECT_EQ(fs::status(fs::path(folder) / name).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_EQ(site_->Ctl(make).status, 1) << "it replaces no file";
  const Ended installed =
      site_->Ctl({"certificate", "install", "--cert", folder + "/fullchain.pem", "--key", folder + "/privkey.pem"});
  ASSERT_EQ(installed.status, 0) << installed.output;
  const Ended fetched = Fetch("made.test", folder + "/fullchain.pem");
  EXPECT_EQ(fetched.status, 0) << fetched.output;
  EXPECT_THAT(fetched.output, HasSubstr("HTTP/2 200"));
  EXPECT_THAT(fetched.output, HasSubstr("strict-transport-security: max-age=31536000\r\n"));
  EXPECT_NE(Fetch("other.test", folder + "/fullchain.pem").status, 0) << "curl checks the name";
}

TEST_F(CertificatesTest, WhatCannotWorkIsRefusedWithAReason) {
  const std::string one = site_->scratch() + "/one", two = site_->scratch() + "/two";
  for (const std::string& folder : {one, two}) {
    ASSERT_EQ(site_->Ctl({"certificate", "self-signed", "--name", "pair.test", "--out", folder}).status, 0);
  }
  const auto install = [](const std::string& certificate, const std::string& key) {
    return site_->Ctl({"certificate", "install", "--cert", certificate, "--key", key});
  };
  const Ended mixed = install(one + "/fullchain.pem", two + "/privkey.pem");
  EXPECT_EQ(mixed.status, 1);
  EXPECT_THAT(mixed.output, HasSubstr("not installed: "));
  EXPECT_EQ(install(one + "/none.pem", one + "/privkey.pem").status, 2);
  EXPECT_EQ(install(one + "/privkey.pem", one + "/fullchain.pem").status, 1) << "the files are the wrong way round";
  EXPECT_EQ(site_->Ctl({"certificate", "install", "--cert", one + "/fullchain.pem"}).status, 2);
  EXPECT_EQ(site_->Ctl({"certificate", "self-signed", "--name", "not a name"}).status, 2);
  EXPECT_THAT(site_->Ctl({"certificate", "list"}).output, Not(HasSubstr("pair.test")));
}

TEST_F(CertificatesTest, NoLogHasAnythingOfAPrivateKey) {
  const std::string folder = site_->scratch() + "/logged";
  ASSERT_EQ(site_->Ctl({"certificate", "self-signed", "--name", "logged.test", "--out", folder}).status, 0);
  const std::string key = ReadWhole(folder + "/privkey.pem");
  ASSERT_EQ(
      site_->Ctl({"certificate", "install", "--cert", folder + "/fullchain.pem", "--key", folder + "/privkey.pem"})
          .status,
      0);
  ASSERT_GT(key.size(), 100u);
  const std::string line = key.substr(key.find('\n') + 1, 40);
  for (const char* log : {"events", "security", "access"}) EXPECT_THAT(site_->Log(log), Not(HasSubstr(line))) << log;
  EXPECT_THAT(site_->Output(), Not(HasSubstr(line)));
  EXPECT_TRUE(Eventually([&] { return site_->Log("events").find("control-certificate") != std::string::npos; }));
}

TEST_F(CertificatesTest, ThePlainListenerSendsBrowsersToHttps) {
  Browser browser(Plain());
  const Answer answer = browser.Get("/zoobar/index.cgi/login?nexturl=/");
  EXPECT_EQ(answer.status, 308);
  EXPECT_EQ(answer.Field("Location").substr(0, 8), "https://");
  EXPECT_THAT(answer.Field("Location"), HasSubstr("/zoobar/index.cgi/login?nexturl=/"));
  EXPECT_EQ(answer.Field("Strict-Transport-Security"), "") << "RFC 6797, 7.2: not over plain HTTP";
}

// Asks for a file again and again, each time on a new connection. Counts what fails.
class Visitors {
 public:
  Visitors(std::string host, std::string address, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, host, address] {
        while (!stop_) {
          const Ended ended = ExecuteProgram({"curl", "-sS", "-k", "--max-time", "50", "-o", "/dev/null", "-w",
                                              "%{http_code}", "--resolve", host + ":" + PortOf(address) + ":127.0.0.1",
                                              "https://" + host + ":" + PortOf(address) + kStyle});
          ++(ended.output == "200" ? served : failed);
        }
      });
    }
  }
  ~Visitors() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<int> served{0}, failed{0};

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST_F(CertificatesTest, CertbotObtainsInstallsAndRenewsUnderLoadWithoutAFailedRequest) {
  const std::string folder = Folder("acme");
  AcmeServer authority(folder, static_cast<std::uint16_t>(std::stoi(PortOf(Plain()))));
  const std::string hook = ZoobarBinary() + " ctl --state-dir " + site_->state() +
                           " certificate install --cert \"$RENEWED_LINEAGE/fullchain.pem\""
                           " --key \"$RENEWED_LINEAGE/privkey.pem\"";
  const auto certbot = [&](std::vector<std::string> arguments) {
    std::vector<std::string> command = {"REQUESTS_CA_BUNDLE=" + authority.own_certificate(), "certbot"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    for (const char* name : {"config", "work", "logs"}) {
      command.insert(command.end(), {std::string("--") + name + "-dir", folder + "/" + name});
    }
    command.insert(command.end(), {"--non-interactive", "--server", authority.directory_url()});
    return ExecuteProgram(std::move(command), std::chrono::seconds(120));
  };
  const Ended obtained =
      certbot({"certonly", "--webroot", "-w", site_->state() + "/acme", "-d", "zoobar.test", "-d", "www.zoobar.test",
               "--agree-tos", "--register-unsafely-without-email", "--deploy-hook", hook});
  ASSERT_EQ(obtained.status, 0) << obtained.output << authority.Output();
  const std::string first = Shown("zoobar.test");
  EXPECT_THAT(site_->Ctl({"certificate", "list"}).output, HasSubstr("zoobar.test"));
  EXPECT_EQ(Shown("www.zoobar.test"), first);
  EXPECT_THAT(ReadWhole(folder + "/config/live/zoobar.test/fullchain.pem"), HasSubstr(first));

  Visitors visitors("zoobar.test", Tls(), 2);
  Ended load;
  std::thread loading(
      [&] { load = ExecuteProgram({"h2load", "-c16", "-m4", "-t1", "-D20", "https://" + Tls() + kStyle}); });
  ASSERT_TRUE(Eventually([&] { return visitors.served > 2; }));
  // In all of these seconds the certificate is switched again and again.
  int renewals = 0;
  std::string shown = first;
  for (; renewals < 3; ++renewals) {
    const Ended renewed = certbot({"renew", "--force-renewal", "--no-random-sleep-on-renew"});
    ASSERT_EQ(renewed.status, 0) << renewed.output << authority.Output();
    const std::string fresh = Shown("zoobar.test");
    EXPECT_NE(fresh, shown) << "the hook has installed it, and new handshakes get it";
    shown = fresh;
  }
  loading.join();
  visitors.Stop();
  EXPECT_EQ(visitors.failed, 0);
  EXPECT_GT(visitors.served, 10);
  EXPECT_EQ(load.status, 0);
  EXPECT_THAT(load.output, HasSubstr(" 0 failed, 0 errored, 0 timeout")) << load.output;
  EXPECT_TRUE(fs::is_empty(site_->state() + "/acme/.well-known/acme-challenge"))
      << "certbot has removed its challenges";
}

TEST_F(CertificatesTest, AnInstalledCertificateIsStillThereAfterARestart) {
  const std::string folder = site_->scratch() + "/kept";
  ASSERT_EQ(site_->Ctl({"certificate", "self-signed", "--name", "kept.test", "--out", folder}).status, 0);
  ASSERT_EQ(
      site_->Ctl({"certificate", "install", "--cert", folder + "/fullchain.pem", "--key", folder + "/privkey.pem"})
          .status,
      0);
  ASSERT_EQ(site_->Stop(), 0);
  ASSERT_TRUE(site_->Start()) << site_->Output();
  EXPECT_THAT(site_->Ctl({"certificate", "list"}).output, HasSubstr("kept.test"));
  EXPECT_EQ(Fetch("kept.test", folder + "/fullchain.pem").status, 0);
}

}  // namespace
}  // namespace zoobar
