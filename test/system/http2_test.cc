// HTTP/2 on a whole site: real programs, a login, large files, roles that are killed, and hostile clients while others
// are served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include "live_site/eventually.h"
#include "live_site/live_site.h"
#include "system/http2_client.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kBig = 10 << 20;

class Http2Test : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    const std::string folder = site_->scratch();
    const std::string root = folder + "/web";
    fs::copy(std::string(ZOOBAR_SOURCE_DIR) + "/web/root", root, fs::copy_options::recursive);
    std::ofstream(root + "/zoobar/media/big.bin") << std::string(kBig, 'z');
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      fs::permissions(entry.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    }
    fs::permissions(folder, fs::perms::others_exec, fs::perm_options::add);
    const Ended made =
        ExecuteProgram({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"});
    ASSERT_EQ(made.status, 0) << made.output;
    fs::permissions(folder + "/key.pem", fs::perms::owner_read);
    site_->listens = {"127.0.0.1:0", "127.0.0.1:0,tls"};
    site_->settings.push_back("tls { certificate: '" + folder + "/cert.pem' key: '" + folder + "/key.pem' }");
    site_->settings.push_back("web_root: '" + root + "'");
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static std::string Tls() {
    const std::string line = site_->Addresses().at(1);
    return line.substr(0, line.find(','));
  }
  static std::string Url(const std::string& path) { return "https://" + Tls() + path; }
  static Ended Curl(std::vector<std::string> more) {
    std::vector<std::string> command = {"curl", "-sS", "-k", "--http2", "--max-time", "50"};
    command.insert(command.end(), more.begin(), more.end());
    return ExecuteProgram(std::move(command));
  }
  // Asks again and again for one page on a connection of its own, until `stop`. Returns how many were answered, or -1 if
  // one was not.
  static int HonestVisitor(const std::string& source, const std::atomic<bool>& stop) {
    Http2Client client(Tls(), source);
    client.Send(h2::Hello());
    int answered = 0;
    for (std::uint32_t stream = 1; !stop || answered < 5; stream += 2, ++answered) {
      if (client.Get(stream, kStyle) != "200") return -1;
    }
    return answered;
  }
  // How many socket pairs edge counts beyond the first of each connection. -1: ctl did not say so.
  static int ExtraPairs() {
    const std::string status = site_->Ctl({"status", "--json"}).output;
    const std::regex counter(R"re("name":\s*"http2\.pairs\.extra"(?:,\s*"value":\s*"(\d+)")?)re");
    int sum = -1;
    for (std::sregex_iterator i(status.begin(), status.end(), counter), end; i != end; ++i) {
      sum = std::max(sum, 0) + ((*i)[1].matched ? std::stoi((*i)[1]) : 0);
    }
    return sum;
  }
  static std::unique_ptr<LiveSite> site_;
};
std::unique_ptr<LiveSite> Http2Test::site_;

TEST_F(Http2Test, CurlNghttpAndH2loadSpeakIt) {
  const Ended curl = Curl({"-i", Url(kStyle)});
  EXPECT_THAT(curl.output, HasSubstr("HTTP/2 200"));
  EXPECT_THAT(curl.output, HasSubstr("content-security-policy:"));
  const Ended old = Curl({"--http1.1", "-i", Url(kStyle)});
  EXPECT_THAT(old.output, HasSubstr("HTTP/1.1 200"));
  const Ended nghttp = ExecuteProgram({"nghttp", "-n", "-s", Url(kStyle), Url(kLogin)});
  EXPECT_EQ(nghttp.status, 0) << nghttp.output;
  EXPECT_THAT(nghttp.output, HasSubstr(" 200 "));
  const Ended load = ExecuteProgram({"h2load", "-n", "3000", "-c", "10", "-m", "20", Url(kStyle)});
  EXPECT_THAT(load.output, HasSubstr("3000 succeeded, 0 failed, 0 errored, 0 timeout")) << load.output;
}

TEST_F(Http2Test, AMemberRegistersLogsInAndSeesTheBalance) {
  const std::string jar = site_->scratch() + "/jar";
  const Ended entered =
      Curl({"-i", "-c", jar, "--data", "login_username=h2alice", "--data", std::string("login_password=") + kPassword,
            "--data", "submit_registration=1", Url(kLogin)});
  EXPECT_THAT(entered.output, HasSubstr("HTTP/2 303"));
  EXPECT_THAT(entered.output, HasSubstr("; Secure"));
  const Ended home = Curl({"-i", "-b", jar, Url(kHome)});
  EXPECT_THAT(home.output, HasSubstr("HTTP/2 200"));
  EXPECT_THAT(home.output, HasSubstr("Log out h2alice"));
}

TEST_F(Http2Test, ALargeFileArrivesWhole) {
  const Ended got = Curl({"-o", site_->scratch() + "/got", "-w", "%{http_version} %{http_code} %{size_download}",
                          Url("/zoobar/media/big.bin")});
  EXPECT_THAT(got.output, HasSubstr("2 200 " + std::to_string(kBig)));
  const Ended same = ExecuteProgram({"cmp", site_->scratch() + "/got", site_->scratch() + "/web/zoobar/media/big.bin"});
  EXPECT_EQ(same.status, 0) << same.output;
}

TEST_F(Http2Test, ManyStreamsOfOneConnectionAreServed) {
  Http2Client client(Tls());
  ASSERT_EQ(client.protocol(), "h2");
  std::string requests = h2::Hello();
  for (std::uint32_t i = 0; i < 100; ++i) requests += h2::Get(2 * i + 1, i % 2 ? kStyle : kLogin);
  client.Send(requests + h2::WindowUpdate(0, 1 << 24));
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(client.Finish(2 * i + 1), "200") << i;
}

TEST_F(Http2Test, AReaderThatStopsDoesNotStopTheOthers) {
  Http2Client slow(Tls());
  slow.Send(h2::Hello() + h2::Get(1, "/zoobar/media/big.bin"));
  ASSERT_TRUE(slow.Until([&] { return slow.BodySize(1) == 65535; }));  // its windows are used up
  Http2Client other(Tls());
  other.Send(h2::Hello());
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_EQ(other.Get(2 * i + 1, kStyle), "200");
  slow.Send(h2::WindowUpdate(0, 1 << 24) + h2::WindowUpdate(1, 1 << 24));
  EXPECT_EQ(slow.Finish(1), "200");
  EXPECT_EQ(slow.BodySize(1), kBig);
}

TEST_F(Http2Test, OnlyTheStreamsOfAKilledDispatcherEnd) {
  Http2Client client(Tls());
  client.Send(h2::Hello() + h2::Get(1, "/zoobar/media/big.bin"));
  ASSERT_TRUE(client.Until([&] { return client.BodySize(1) == 65535; }));
  const pid_t before = site_->PidOf("dispatcher");
  kill(before, SIGKILL);
  ASSERT_TRUE(site_->Restarted("dispatcher", before));
  client.Send(h2::WindowUpdate(0, 1 << 24) + h2::WindowUpdate(1, 1 << 24));
  EXPECT_EQ(client.Finish(1), "reset");
  std::uint32_t stream = 3;
  EXPECT_TRUE(Eventually([&] {
    const std::string status = client.Get(stream, kStyle);
    stream += 2;
    return status == "200" || !client.open();
  }));
  EXPECT_TRUE(client.open());
}

TEST_F(Http2Test, ABoundForEachKnownAttackAndTheOthersAreServed) {
  std::atomic<bool> stop = false;
  std::atomic<int> served = 0;
  std::thread visitor([&] { served = HonestVisitor("127.0.0.2", stop); });
  const auto flood = [](const std::function<std::string(std::uint32_t)>& frames) {
    Http2Client client(Tls(), "127.0.0.3");
    client.Send(h2::Hello());
    for (std::uint32_t i = 0; i < 20000 && client.Send(frames(i)); i += 1) {
    }
    return client.GoAwayCode();
  };
  // A client that leaves at once, with requests that wait for socket pairs.
  for (int i = 0; i < 20; ++i) {
    Http2Client client(Tls(), "127.0.0.3");
    std::string requests = h2::Hello();
    for (std::uint32_t stream = 1; stream < 17; stream += 2) requests += h2::Get(stream, kLogin);
    client.Send(requests);
  }
  for (int round = 0; round < 3; ++round) {
    // The server closes while the client still sends: its GOAWAY may be lost with the connection.
    const auto calmed = testing::AnyOf(NGHTTP2_ENHANCE_YOUR_CALM, -1);
    EXPECT_THAT(flood([](std::uint32_t i) { return h2::Get(2 * i + 1, kLogin) + h2::Reset(2 * i + 1); }), calmed);
    EXPECT_THAT(flood([](std::uint32_t) { return h2::Ping() + h2::Ping() + h2::Ping(); }), calmed);
    EXPECT_THAT(flood([](std::uint32_t) { return h2::Settings(); }), calmed);
    EXPECT_THAT(flood([](std::uint32_t i) {
                  return i == 0 ? h2::Headers(1, h2::RequestFields("GET", "/"), h2::kEndStream)
                                : h2::Frame(h2::kContinuation, h2::kNone, 1, h2::Field("x", "y"));
                }),
                calmed);
  }
  stop = true;
  visitor.join();
  EXPECT_GT(served, 0);
  EXPECT_TRUE(Eventually([] { return ExtraPairs() == 0; })) << "of clients that are gone";
  EXPECT_TRUE(Eventually([] { return site_->Log("security").find("http2-abused") != std::string::npos; }));
  EXPECT_THAT(site_->Log("security"), HasSubstr("127.0.0.3"));
  EXPECT_THAT(site_->Log("security"), Not(HasSubstr("127.0.0.2")));
}

}  // namespace
}  // namespace zoobar
