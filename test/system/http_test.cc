// HTTP on a whole site: what the RFCs tell a server to accept is accepted, what is ambiguous is refused, and
// connections are shared between addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

class HttpTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static Answer Ask(std::string_view bytes) {
    Browser browser = site_->NewBrowser();
    EXPECT_TRUE(browser.Send(bytes));
    return browser.Receive();
  }
  static std::string Get(const std::string& path, const std::string& fields = {}, const std::string& version = "1.1") {
    return "GET " + path + " HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n";
  }
  static std::unique_ptr<LiveSite> site_;
};
std::unique_ptr<LiveSite> HttpTest::site_;

TEST_F(HttpTest, BytesOver7fInFieldsAreOpaque) {
  EXPECT_EQ(Ask(Get(kStyle, "User-Agent: caf\xc3\xa9\r\nReferer: \xff\xfe\r\n")).status, 200);
  EXPECT_EQ(Ask(Get(kLogin, "User-Agent: caf\xe9\r\nCookie: k=\xe9\r\n")).status, 200);
}

TEST_F(HttpTest, ACookieOfAnotherSiteLocksNobodyOut) {
  Browser alice = site_->NewMember("alice");
  for (const char* value : {"\xc3\xa9", "\xff", "\"a", ""}) {
    alice.cookies["A"] = alice.cookies["k"] = value;  // one cookie is sent before that of the session, and one after it
    EXPECT_THAT(alice.Get(kHome).body, HasSubstr("Log out alice")) << value;
  }
  Browser login = site_->NewBrowser();
  login.cookies["k"] = "\xc3\xa9";
  EXPECT_EQ(login.Login("alice", kPassword, kHome).status, 303);
}

TEST_F(HttpTest, ChunkExtensionsAreReadOver) {
  const std::string head = std::string("POST ") + kLogin +
                           " HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
  const int plain = Ask(head + "3\r\na=b\r\n0\r\n\r\n").status;
  EXPECT_NE(plain, 400);
  for (const char* chunk :
       {"3;a=\"b c\"\r\na=b\r\n0\r\n\r\n", "3;a=\"\\\"\\\\;\xc3\xa9\" ; b\r\na=b\r\n0 ; c = d\r\n\r\n"}) {
    EXPECT_EQ(Ask(head + chunk).status, plain) << chunk;
  }
  EXPECT_EQ(Ask(head + "3;a=\"\r\na=b\r\n0\r\n\r\n").status, 400);
  const Answer long_one = Ask(head + "3;a=\"" + std::string(5000, 'x') + "\"\r\na=b\r\n0\r\n\r\n");
  EXPECT_EQ(long_one.status, 400);
  EXPECT_THAT(long_one.body, HasSubstr("4096 bytes"));
}

TEST_F(HttpTest, ConditionsThatCameTwiceAreIgnored) {
  const std::string date = "Fri, 01 Jan 2100 00:00:02 GMT\r\n";
  EXPECT_EQ(Ask(Get(kStyle, "If-Modified-Since: " + date)).status, 304);
  EXPECT_EQ(Ask(Get(kStyle, "If-Modified-Since: " + date + "If-Modified-Since: " + date)).status, 200);
  EXPECT_EQ(Ask(Get(kStyle, "Range: bytes=0-1\r\nRange: bytes=0-1\r\n")).status, 200);
}

TEST_F(HttpTest, ATransferCodingThatIsNotKnownIsNotImplemented) {
  const std::string head = std::string("POST ") + kLogin + " HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(Ask(head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").status, 501);
  EXPECT_EQ(Ask(head + "Transfer-Encoding: gzip\r\n\r\n").status, 400);
  EXPECT_EQ(Ask(head + "Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").status, 400);
}

TEST_F(HttpTest, EmptyLinesBeforeARequestAreReadOver) {
  EXPECT_EQ(Ask("\r\n" + Get(kStyle)).status, 200);
  EXPECT_EQ(Ask("\r\n" + Get(kLogin)).status, 200);
  Browser browser = site_->NewBrowser();
  // The connection goes from dispatcher to app and back.
  ASSERT_TRUE(browser.Send(Get(kStyle) + "\r\n" + Get(kLogin) + "\r\n\r\n" + Get(kStyle) + "\r\n"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(browser.Receive().status, 200) << i;
  ASSERT_TRUE(browser.Send(Get(kLogin)));
  EXPECT_EQ(browser.Receive().status, 200);
  EXPECT_EQ(Ask("\n" + Get(kStyle)).status, 400);
}

TEST_F(HttpTest, LaterMinorVersionsAreReadAsOneOne) {
  for (const char* path : {kStyle, kLogin}) {
    EXPECT_EQ(Ask(Get(path, {}, "1.2")).status, 200);
    EXPECT_EQ(Ask(Get(path, {}, "1.9")).status, 200);
    EXPECT_EQ(Ask(Get(path, {}, "2.0")).status, 505);
  }
}

TEST_F(HttpTest, AHostThatCannotBeOneIsRefused) {
  for (const char* host : {"", "a b", "a/b", "%zz", "[::1", "[:::]", "a:99999", "a:b", "a@b", "\xc3\xa9"}) {
    EXPECT_EQ(Ask(std::string("GET ") + kStyle + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 400) << host;
  }
  for (const char* host : {"a", "a:8080", "[::1]:80", "127.0.0.1", "%61"}) {
    EXPECT_EQ(Ask(std::string("GET ") + kStyle + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 200) << host;
  }
}

TEST_F(HttpTest, EveryMethodIsToldWhatThePathAllows) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    const auto allowed = [method](const std::string& path) {
      const Answer answer = Ask(std::string(method) + " " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_EQ(answer.status, 405) << method << path;
      return answer.Field("Allow");
    };
    EXPECT_EQ(allowed(kStyle), "GET, HEAD");
    EXPECT_EQ(allowed(kLogin), "GET, HEAD, POST");
    EXPECT_EQ(allowed("/zoobar/index.cgi/users"), "GET, HEAD");
  }
}

TEST_F(HttpTest, NotModifiedSaysNothingOfTheContent) {
  Browser browser = site_->NewBrowser();
  const Answer whole = browser.Get(kStyle);
  const Answer same = browser.Get(kStyle, "If-None-Match: " + whole.Field("ETag") + "\r\n");
  EXPECT_EQ(same.status, 304);
  for (const char* present : {"ETag", "Date", "Cache-Control", "Vary"})
    EXPECT_EQ(same.Field(present).empty(), false) << present;
  for (const char* absent : {"Content-Type", "Content-Length", "Content-Encoding", "Last-Modified"}) {
    EXPECT_EQ(same.Field(absent), "") << absent;
  }
}

// The site serves the web root as it was built.
TEST_F(HttpTest, TheStyleSheetIsSentCompressed) {
  for (const char* path : {kStyle, "/zoobar/media/strength.js"}) {
    Browser browser = site_->NewBrowser();
    const Answer packed = browser.Get(path, "Accept-Encoding: gzip, deflate, br\r\n"), plain = browser.Get(path);
    EXPECT_EQ(packed.Field("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.Field("Vary"), "Accept-Encoding");
    EXPECT_EQ(packed.Field("Content-Type"), plain.Field("Content-Type"));
    EXPECT_NE(packed.Field("ETag"), plain.Field("ETag"));
    EXPECT_EQ(plain.Field("Content-Encoding"), "");
    EXPECT_LT(packed.body.size(), plain.body.size() * 2 / 3);
    EXPECT_EQ(plain.body, ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/web/root" + path));
    std::ofstream(site_->scratch() + "/packed.gz") << packed.body;
    ASSERT_EQ(std::system(("cd " + site_->scratch() + " && gzip -dc packed.gz > unpacked").c_str()), 0);
    EXPECT_EQ(ReadWhole(site_->scratch() + "/unpacked"), plain.body);
  }
}

// ---- how addresses share connections

class ConnectionsTest : public testing::Test {
 protected:
  void Start(const std::string& settings) {
    site_ = std::make_unique<LiveSite>();
    site_->settings.push_back(settings);
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  // Connects from 127.0.0.`host` and sends these bytes.
  Fd Connect(int host, std::string_view bytes) {
    Fd client = ConnectTo(site_->Addresses().at(0), "127.0.0." + std::to_string(host));
    EXPECT_TRUE(client.valid());
    send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return client;
  }
  static void Reset(Fd client) {
    const linger now{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    client.Close();
  }
  // How many connections hold a place, as `zoobar ctl status` says; -1 if it does not say so.
  int Open() {
    std::smatch found;
    const std::string status = site_->Ctl({"status"}).output;
    const bool seen = std::regex_search(status, found, std::regex("connections ([0-9]+), connections\\.capacity"));
    return seen ? std::stoi(found[1]) : -1;
  }

  std::unique_ptr<LiveSite> site_;
};

TEST_F(ConnectionsTest, OneAddressCannotShutOthersOut) {
  Start("http { connections: 64 }");
  std::vector<Fd> hoard;
  for (int i = 0; i < 40; ++i) hoard.push_back(Connect(2, "GET /zoobar"));  // half a head
  for (int i = 0; i < 20; ++i)
    hoard.push_back(Connect(2,
                            "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: h\r\n"
                            "Content-Length: 100\r\n\r\nlogin"));  // half a body
  for (int i = 0; i < 20; ++i) hoard.push_back(Connect(2, ""));
  std::vector<Browser> honest;
  for (int i = 0; i < 20; ++i) {
    honest.push_back(site_->NewBrowser());
    EXPECT_EQ(honest.back().Get(kLogin).status, 200);
    EXPECT_EQ(honest.back().Get(kStyle).status, 200);
  }
  // They keep the connections that they have, however many more come.
  for (int i = 0; i < 100; ++i) hoard.push_back(Connect(2, "GET /zoobar"));
  for (Browser& browser : honest) EXPECT_EQ(browser.Get(kStyle).status, 200);
}

TEST_F(ConnectionsTest, WhoeverResetsGivesTheirPlacesBackAtOnce) {
  Start("http { connections: 64 }");
  for (int round = 0; round < 20; ++round) {
    std::vector<Fd> clients;
    for (int i = 0; i < 60; ++i) {
      clients.push_back(
          Connect(2, i % 3 == 0   ? "GET"
                     : i % 3 == 1 ? "GET /zoobar/index.cgi/manual HTTP/1.1\r\nHost: h\r\n\r\n"
                                  : "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"));
    }
    for (Fd& client : clients) Reset(std::move(client));
  }
  // A head may take 10 s and a body 20 s. The places are free long before that.
  EXPECT_TRUE(Eventually([this] { return Open() == 0; }, std::chrono::seconds(8)));
  EXPECT_EQ(site_->NewBrowser().Get(kLogin).status, 200);
}

TEST_F(ConnectionsTest, AFileThatManyAskForAtOnceIsThereForAll) {
  Start("http { connections: 2000 }");
  const std::string request = std::string("GET ") + kStyle + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  std::vector<Fd> clients;
  for (int i = 0; i < 400; ++i) clients.push_back(Connect(1 + i % 4, request));
  for (const Fd& client : clients) {
    char start[13] = {};
    EXPECT_EQ(recv(client.get(), start, 12, MSG_WAITALL), 12);
    EXPECT_STREQ(start, "HTTP/1.1 200");
  }
}

TEST_F(ConnectionsTest, AFloodOfPathsThatAreMissingHidesNoFile) {
  Start("http { connections: 2000 }");
  std::vector<Fd> flood;
  for (int i = 0; i < 300; ++i) {
    std::string requests;
    for (int j = 0; j < 10; ++j) {
      requests += "GET /zoobar/media/none-" + std::to_string(10 * i + j) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    flood.push_back(Connect(2, requests));
  }
  EXPECT_EQ(site_->NewBrowser().Get(kStyle).status, 200);
  for (const Fd& client : flood) {
    char start[13] = {};
    EXPECT_EQ(recv(client.get(), start, 12, MSG_WAITALL), 12);
    EXPECT_STREQ(start, "HTTP/1.1 404");
  }
  EXPECT_EQ(site_->NewBrowser().Get(kStyle).status, 200);
}

}  // namespace
}  // namespace zoobar
