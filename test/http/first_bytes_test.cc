// A connection that reads only the first bytes of a request before its owner has seen the path.
#include <algorithm>

#include "http/connection_fixture.h"

namespace zoobar {
namespace {

constexpr std::size_t kFirst = 40;

class OwnerWithPaths : public Owner {
 public:
  bool ServesPath(std::string_view path) override {
    asked.emplace_back(path);
    return path != "/theirs";
  }
  std::vector<std::string> asked;
};

class FirstBytes : public Serving {
 protected:
  void SetUp() override {
    Connections::Options options;
    options.first_bytes = kFirst;
    connections_ = std::make_unique<Connections>(loop_, paths_, options);
  }
  void TearDown() override {
    paths_.waiting.clear();
    Serving::TearDown();
  }
  // A connection that has answered a request and waits for the next one.
  Fd Served() {
    Fd client = Connect();
    EXPECT_EQ(StatusOf(Ask(client, "GET /mine HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
    return client;
  }
  // What is left in the socket of the connection that was detached.
  std::string LeftInSocket() {
    char block[65536];
    const ssize_t count = recv(paths_.detached.at(0).socket.get(), block, sizeof(block), MSG_DONTWAIT);
    return count > 0 ? std::string(block, static_cast<std::size_t>(count)) : "";
  }

  OwnerWithPaths paths_;
};

const std::string kTheirs = "POST /theirs HTTP/1.1\r\nHost: a\r\nContent-Length: 22\r\n\r\npassword=correct-horse";

TEST_F(FirstBytes, OfAnotherOwnersRequestNothingMoreIsRead) {
  const Fd client = Served();
  Send(client, kTheirs);
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread, kTheirs.substr(0, kFirst));
  EXPECT_EQ(paths_.detached[0].why, Departure::kNotMine);
  EXPECT_EQ(LeftInSocket(), kTheirs.substr(kFirst));
}

TEST_F(FirstBytes, TheSameGoesForTheFirstRequestOfAConnection) {
  const Fd client = Connect();
  Send(client, kTheirs);
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread, kTheirs.substr(0, kFirst));
}

TEST_F(FirstBytes, AnOwnRequestIsServedHoweverItIsCut) {
  const std::string body(300, 'x');
  const std::string request =
      "POST /own HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(200, 'c') + "\r\nContent-Length: 300\r\n\r\n" + body;
  for (std::size_t size : {std::size_t{1}, std::size_t{7}, kFirst - 1, kFirst, kFirst + 1, request.size()}) {
    const Fd client = Served();
    for (std::size_t at = 0; at < request.size(); at += size) Send(client, request.substr(at, size));
    EXPECT_EQ(BodyOf(Received(client)), "/own|" + body) << size;
  }
  EXPECT_TRUE(paths_.detached.empty());
}

TEST_F(FirstBytes, AnotherOwnersRequestIsGivenAwayHoweverItIsCut) {
  for (std::size_t size : {std::size_t{1}, std::size_t{7}, kFirst - 1, kFirst, kFirst + 1}) {
    paths_.detached.clear();
    const Fd client = Served();
    for (std::size_t at = 0; at < kTheirs.size(); at += size) Send(client, kTheirs.substr(at, size));
    ASSERT_EQ(paths_.detached.size(), 1u) << size;
    const std::string& unread = paths_.detached[0].unread;
    EXPECT_LE(unread.size(), kFirst);
    EXPECT_EQ(unread + LeftInSocket(), kTheirs) << size;
  }
}

TEST_F(FirstBytes, WhatIsOddOrNotWholeWithinThemIsGivenAwayToo) {
  for (const std::string& target : {std::string("/t%68eirs"), std::string("http://a/mine"), std::string("*"),
                                    std::string("mine"), std::string("/mine#x"), std::string("/mine\\x"),
                                    "/" + std::string(60, 'm'), std::string(60, '/'), std::string("/mi\xc3\xa4ne")}) {
    paths_.detached.clear();
    const Fd client = Served();
    const std::string request = "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npassword=";
    Send(client, request);
    ASSERT_EQ(paths_.detached.size(), 1u) << target;
    EXPECT_EQ(paths_.detached[0].unread, request.substr(0, kFirst)) << target;
    EXPECT_EQ(LeftInSocket(), request.substr(kFirst)) << target;
  }
  paths_.detached.clear();
  const Fd client = Served();
  Send(client, std::string(60, 'M'));  // a method without an end
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread.size(), kFirst);
}

TEST_F(FirstBytes, AQueryEndsThePath) {
  const Fd client = Served();
  EXPECT_EQ(BodyOf(Ask(client, "GET /own?" + std::string(100, 'q') + "%20 HTTP/1.1\r\nHost: a\r\n\r\n")), "/own|");
  Send(client, "GET /theirs?" + std::string(100, 'q') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(paths_.detached.size(), 1u);
}

TEST_F(FirstBytes, EmptyLinesBeforeARequestDoNotHideItsPath) {
  const Fd client = Served();
  EXPECT_EQ(BodyOf(Ask(client, "\r\n\r\nGET /own HTTP/1.1\r\nHost: a\r\n\r\n")), "/own|");
  Send(client, "\r\n\r\n" + kTheirs);
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_LE(paths_.detached[0].unread.size(), kFirst);
  EXPECT_EQ(paths_.detached[0].unread + LeftInSocket(), kTheirs);
}

TEST_F(FirstBytes, WhileARequestIsAnsweredNoMoreOfTheNextOneIsRead) {
  const Fd client = Served();
  Send(client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Send(client, kTheirs);
  ASSERT_EQ(paths_.waiting.size(), 1u);
  EXPECT_TRUE(paths_.detached.empty());
  paths_.waiting[0].Answer(Response::Text(200, "late"));
  EXPECT_EQ(BodyOf(Received(client)), "late");
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread, kTheirs.substr(0, kFirst));
  EXPECT_EQ(LeftInSocket(), kTheirs.substr(kFirst));
}

TEST_F(FirstBytes, NothingIsReadBeyondTheEndOfABody) {
  const Fd client = Served();
  Send(client, "POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
  Send(client, "abc" + kTheirs);
  EXPECT_EQ(BodyOf(Received(client)), "/own|abc");
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread, kTheirs.substr(0, kFirst));
}

// The limit that connection.h names: the read of a head takes what comes after it in the same segment.
TEST_F(FirstBytes, ARequestBehindAnotherInOneSegmentIsGivenAwayWhole) {
  const Fd client = Served();
  Send(client, "GET /own HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(50, 'c') + "\r\n\r\n" + kTheirs);
  EXPECT_EQ(BodyOf(Received(client)), "/own|");
  ASSERT_EQ(paths_.detached.size(), 1u);
  EXPECT_EQ(paths_.detached[0].unread + LeftInSocket(), kTheirs);
}

TEST_F(FirstBytes, ManyRequestsInOneSegmentAreAllServed) {
  const Fd client = Served();
  std::string many;
  for (int i = 0; i < 50; ++i)
    many +=
        "GET /own HTTP/1.1\r\nHost: a\r\n\r\nPOST /own HTTP/1.1\r\nHost: a\r\n"
        "Content-Length: 1\r\n\r\nz";
  const std::string answers = Ask(client, many);
  EXPECT_EQ(CountOf(answers, "/own|"), 100);
  EXPECT_EQ(CountOf(answers, "/own|z"), 50);
}

TEST_F(FirstBytes, AClientThatEndsItsSendingWithItsRequestIsAnswered) {
  const Fd client = Served();
  const std::string request = "GET /own HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(100, 'c') + "\r\n\r\n";
  ASSERT_EQ(send(client.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  shutdown(client.get(), SHUT_WR);
  const std::string answer = Received(client);
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_TRUE(answer.ends_with("<end>"));
}

TEST_F(FirstBytes, AHeadThatDoesNotComeIsRefusedInTime) {
  const Fd client = Served();
  Send(client, "GET /ow");
  Pass(Milliseconds(10000));
  EXPECT_EQ(StatusOf(Received(client)), 408);
}

}  // namespace
}  // namespace zoobar
