#include "http/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace zoobar {
namespace {

// Answers by path: /mine at once from the head, /later when the test says so, /theirs not at all, the rest with what
// was sent.
class Owner : public HttpHandler {
 public:
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override {
    heads.push_back(std::string(head.path()));
    if (head.path() == "/theirs") return Verdict::kDetach;
    if (head.path() != "/mine" || head.has_body()) return Verdict::kServe;
    PreparedResponse response;
    response.fields = "Content-Length: 4\r\n";
    response.copied = "mine";
    connection.AnswerNow(response);
    return Verdict::kAnswered;
  }
  void OnRequest(Exchange exchange, Request request) override {
    if (request.head.path() == "/slow") {  // to read; counted by the clock that counts events
      const std::int64_t begin = MonotonicMicros();
      while (MonotonicMicros() - begin < 2 * TurnShares::kTurnUs) continue;
    }
    if (request.head.path() == "/later") return waiting.push_back(std::move(exchange));
    if (request.head.path() == "/forgotten") return;
    if (request.head.path() == "/big" || request.head.path() == "/file") {
      PreparedResponse response;
      response.fields = big_fields;
      if (request.head.path() == "/big") response.shared = big;
      if (request.head.path() == "/file") response.file = file;
      return exchange.Answer(response);
    }
    Response response = Response::Text(200, std::string(request.head.path()) + "|" + std::string(View(request.body)));
    exchange.Answer(std::move(response));
  }
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override {
    detached.push_back({client.number, std::move(socket), std::string(View(unread)), why});
  }
  void OnClosed(const Client& client) override { closed.push_back(client.number); }
  void OnServed(const Served& one) override { served.push_back({std::string(one.path), one.status}); }

  struct Detached {
    std::uint64_t number;
    Fd socket;
    std::string unread;
    Departure why;
  };
  std::vector<std::string> heads;
  std::vector<Exchange> waiting;
  std::vector<Detached> detached;
  std::vector<std::uint64_t> closed;
  std::vector<std::pair<std::string, int>> served;
  std::shared_ptr<const std::string> big;
  FileSlice file;
  std::string big_fields;
};

class Serving : public testing::Test {
 protected:
  void SetUp() override { Begin({}); }
  void TearDown() override {
    owner_.waiting.clear();
    connections_.reset();
    loop_.RunOnce();
  }

  void Begin(Connections::Options options) {
    connections_ = std::make_unique<Connections>(loop_, owner_, std::move(options));
  }
  // A client's end of a new connection.
  Fd Connect(std::uint64_t number = 1, std::string_view unread = {}, const char* address = "192.0.2.1") {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    Client client;
    client.peer = *IpAddress::Parse(address);
    client.number = number;
    connections_->Adopt(Fd(pair[0]), client, ToBytes(unread));
    return Fd(pair[1]);
  }
  void Turn() {
    for (int i = 0; i < 4; ++i) loop_.RunOnce();
  }
  void Send(const Fd& client, std::string_view text) {
    ASSERT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    Turn();
  }
  // All that has arrived; "<end>" behind it if the connection has ended.
  std::string Received(const Fd& client) {
    std::string text;
    char block[65536];
    while (true) {
      Turn();
      const ssize_t count = recv(client.get(), block, sizeof(block), 0);
      if (count <= 0) return text + (count == 0 ? "<end>" : "");
      text.append(block, static_cast<std::size_t>(count));
    }
  }
  std::string Ask(const Fd& client, std::string_view text) {
    Send(client, text);
    return Received(client);
  }
  void Pass(Milliseconds time) { connections_->Sweep(uv_now(loop_.uv()) + static_cast<std::uint64_t>(time.count())); }

  Loop loop_;
  Owner owner_;
  std::unique_ptr<Connections> connections_;
};

int StatusOf(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
std::string BodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
int CountOf(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}
std::string Get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

TEST_F(Serving, EveryAnswerCarriesTheSecurityFieldsAndADate) {
  const Fd client = Connect();
  for (const std::string& request : {Get("/x"), Get("/later?"), std::string("BAD\r\n\r\n")}) {
    Send(client, request);
    for (Exchange& exchange : owner_.waiting) exchange.Answer(Response::Redirect(302, "/y"));
    owner_.waiting.clear();
    const std::string answer = Received(client);
    EXPECT_NE(answer.find("Content-Security-Policy: default-src 'none'"), std::string::npos) << answer;
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Length: "), std::string::npos);
    EXPECT_NE(answer.find("Cache-Control: no-store\r\n"), std::string::npos);
  }
}

TEST_F(Serving, AConnectionServesManyRequests) {
  const Fd client = Connect();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(BodyOf(Ask(client, Get("/mine"))), "mine");
  EXPECT_EQ(BodyOf(Ask(client, Get("/x"))), "/x|");
  EXPECT_EQ(connections_->requests(), 4u);
  EXPECT_EQ(connections_->idle(), 1u);
}

TEST_F(Serving, PipelinedRequestsAreAnsweredInOrder) {
  const Fd client = Connect();
  Send(client, Get("/a") + Get("/later") + Get("/mine") + Get("/b"));
  EXPECT_EQ(BodyOf(Received(client)), "/a|");
  ASSERT_EQ(owner_.waiting.size(), 1u);
  owner_.waiting[0].Answer(Response::Text(200, "now"));
  const std::string rest = Received(client);
  EXPECT_EQ(CountOf(rest, "HTTP/1.1 200"), 3);
  EXPECT_LT(rest.find("now"), rest.find("mine"));
  EXPECT_LT(rest.find("mine"), rest.find("/b|"));
}

TEST_F(Serving, ManyPipelinedRequestsAreAllAnswered) {
  const Fd client = Connect();
  std::string many, answers;
  for (int i = 0; i < 500; ++i) many += Get("/mine");
  std::size_t sent = 0;
  while (sent < many.size()) {
    const ssize_t count = send(client.get(), many.data() + sent, many.size() - sent, MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    answers += Received(client);
  }
  EXPECT_EQ(CountOf(answers, "HTTP/1.1 200"), 500);
}

TEST_F(Serving, BytesMayArriveOneByOne) {
  const Fd client = Connect();
  for (char byte : std::string("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")) Send(client, {&byte, 1});
  EXPECT_EQ(BodyOf(Received(client)), "/x|abc");
}

TEST_F(Serving, ChunkedBodiesAreJoined) {
  const Fd client = Connect();
  const std::string answer = Ask(client,
                                 "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
                                     Get("/mine"));
  EXPECT_NE(answer.find("/x|abcde"), std::string::npos);
  EXPECT_NE(answer.find("mine"), std::string::npos);
}

TEST_F(Serving, HeadAnswersAsGetWithoutABody) {
  const Fd client = Connect();
  std::string head = Ask(client, "HEAD /mine HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(BodyOf(head), "");
  EXPECT_NE(head.find("Content-Length: 4\r\n"), std::string::npos);
  head = Ask(client, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(BodyOf(head), "");
  EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos);
}

TEST_F(Serving, ContinueIsSentOnlyWhileTheBodyIsAwaited) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  const Fd patient = Connect();
  EXPECT_EQ(Ask(patient, head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(BodyOf(Ask(patient, "abc")), "/x|abc");
  const Fd eager = Connect();
  EXPECT_EQ(StatusOf(Ask(eager, head + "abc")), 200);
  const Fd large = Connect();
  EXPECT_EQ(
      StatusOf(Ask(large, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n")),
      413);
}

TEST_F(Serving, ALargeBodyIsRefusedAtOnceAndTheClientGetsToReadIt) {
  const Fd client = Connect();
  std::string answer = Ask(client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 413);
  EXPECT_NE(answer.find("131072"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(connections_->size(), 1u);  // it reads on, so that what the client still sends does not reset it
  Send(client, std::string(100000, 'x'));
  EXPECT_EQ(connections_->size(), 1u);
  Pass(Milliseconds(5000));
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, AChunkedBodyIsRefusedAsSoonAsItIsTooLarge) {
  const Fd client = Connect();
  EXPECT_EQ(StatusOf(Ask(client, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20001\r\n")), 413);
}

TEST_F(Serving, AfterARefusalNothingIsTakenAsARequest) {
  const Fd client = Connect();
  const std::string answer = Ask(client, "GET / HTTP/1.1\r\n\r\n" + Get("/mine"));
  EXPECT_EQ(StatusOf(answer), 400);
  EXPECT_EQ(CountOf(answer, "HTTP/1.1"), 1);
  EXPECT_TRUE(owner_.heads.empty());
  EXPECT_EQ(CountOf(Ask(client, Get("/mine")), "HTTP/1.1"), 0);
}

// They name no path, so no owner could say what it allows.
TEST_F(Serving, MethodsForTheWholeServerAreToldWhatItServes) {
  for (const char* line : {"CONNECT a:1", "OPTIONS *"}) {
    const std::string answer = Ask(Connect(), std::string(line) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(StatusOf(answer), 405) << line;
    EXPECT_NE(answer.find("Allow: GET, HEAD, POST\r\n"), std::string::npos) << line;
  }
}

TEST_F(Serving, MethodsThatNoPathAllowsAreTheOwnersToRefuse) {
  const Fd client = Connect();
  Send(client, "PUT /theirs HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_EQ(owner_.detached.size(), 1u);
  EXPECT_EQ(owner_.detached[0].unread.substr(0, 12), "PUT /theirs ");
}

TEST_F(Serving, DeadlinesAreAnsweredWithTheirLimit) {
  const Fd slow_head = Connect(1), slow_body = Connect(2), idle = Connect(3);
  Send(slow_head, "GET / HT");
  Send(slow_body, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  Pass(Milliseconds(9000));
  EXPECT_EQ(Received(slow_head), "");
  Pass(Milliseconds(10000));
  const std::string head = Received(slow_head);
  EXPECT_EQ(StatusOf(head), 408);
  EXPECT_NE(head.find("10 seconds"), std::string::npos);
  Pass(Milliseconds(20000));
  EXPECT_EQ(StatusOf(Received(slow_body)), 408);
  EXPECT_EQ(Received(idle), "");
  Pass(Milliseconds(120000));
  EXPECT_EQ(Received(idle), "<end>");
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, AHeadSentByteByByteHasOneDeadlineForTheWhole) {
  const Fd client = Connect();
  Send(client, "G");
  Send(client, "E");
  Pass(Milliseconds(10000));
  EXPECT_EQ(StatusOf(Received(client)), 408);
}

TEST_F(Serving, AForeignRequestLeavesWithEveryUnreadByte) {
  const Fd client = Connect(7);
  const std::string tail = "POST /theirs HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsec";
  EXPECT_EQ(BodyOf(Ask(client, Get("/mine") + tail)), "mine");
  ASSERT_EQ(owner_.detached.size(), 1u);
  EXPECT_EQ(owner_.detached[0].number, 7u);
  EXPECT_EQ(owner_.detached[0].unread, tail);
  EXPECT_EQ(owner_.detached[0].why, Departure::kNotMine);
  EXPECT_TRUE(owner_.closed.empty());
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, AnAdoptedConnectionGoesOnFromItsUnreadBytes) {
  const Fd client = Connect(1, Get("/mine") + "GET /x HT");
  EXPECT_EQ(BodyOf(Received(client)), "mine");
  EXPECT_EQ(BodyOf(Ask(client, "TP/1.1\r\nHost: a\r\n\r\n")), "/x|");
}

TEST_F(Serving, AnIdleConnectionIsHandedBackWhereAskedFor) {
  Connections::Options options;
  options.detach_idle = Milliseconds(1000);
  connections_.reset();
  Begin(std::move(options));
  const Fd client = Connect(5);
  Ask(client, Get("/mine"));
  Pass(Milliseconds(1000));
  ASSERT_EQ(owner_.detached.size(), 1u);
  EXPECT_EQ(owner_.detached[0].why, Departure::kIdle);
  EXPECT_EQ(owner_.detached[0].unread, "");
  EXPECT_EQ(Received(client), "");
}

TEST_F(Serving, AnswersToADeadConnectionAreWithoutEffect) {
  Fd client = Connect();
  Send(client, Get("/later"));
  client.Close();
  Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  owner_.waiting[0].Answer(Response::Text(200, "nobody"));
  Turn();
  EXPECT_EQ(connections_->size(), 0u);
  Fd other = Connect();
  Send(other, Get("/later"));
  connections_.reset();
  owner_.waiting[1].Answer(Response::Text(200, "nobody"));
}

TEST_F(Serving, AClientThatShutsItsSideStillGetsItsAnswer) {
  const Fd client = Connect();
  Send(client, Get("/later"));
  shutdown(client.get(), SHUT_WR);
  Turn();
  EXPECT_TRUE(owner_.waiting[0].alive());
  owner_.waiting[0].Answer(Response::Text(200, "late"));
  EXPECT_EQ(BodyOf(Received(client)), "late<end>");
}

TEST_F(Serving, AForgottenRequestIsAnsweredWith500) { EXPECT_EQ(StatusOf(Ask(Connect(), Get("/forgotten"))), 500); }

TEST_F(Serving, CloseIsHonouredFromBothSides) {
  EXPECT_EQ(BodyOf(Ask(Connect(), "GET /mine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "mine<end>");
  EXPECT_EQ(BodyOf(Ask(Connect(), "GET /mine HTTP/1.0\r\n\r\n")), "mine<end>");
  const Fd client = Connect();
  Send(client, Get("/later"));
  Response response = Response::Text(200, "bye");
  response.close = true;
  owner_.waiting[0].Answer(std::move(response));
  EXPECT_EQ(BodyOf(Received(client)), "bye<end>");
}

TEST_F(Serving, BackPressureStopsReadingUntilTheClientReads) {
  owner_.big = std::make_shared<const std::string>(4 << 20, 'b');
  owner_.big_fields = "Content-Length: 4194304\r\n";
  const Fd client = Connect();
  Send(client, Get("/big") + Get("/mine"));
  EXPECT_EQ(owner_.heads.size(), 1u);
  const std::string all = Received(client);
  EXPECT_EQ(CountOf(all, "HTTP/1.1 200"), 2);
  EXPECT_EQ(CountOf(BodyOf(all).substr(0, 4 << 20), "b"), 4 << 20);
  EXPECT_EQ(all.substr(all.size() - 4), "mine");
}

TEST_F(Serving, AClientThatTakesNothingIsClosed) {
  owner_.big = std::make_shared<const std::string>(4 << 20, 'b');
  owner_.big_fields = "Content-Length: 4194304\r\n";
  const Fd client = Connect();
  Send(client, Get("/big"));
  Pass(Milliseconds(25000));
  EXPECT_EQ(connections_->size(), 1u);
  Pass(Milliseconds(30000));
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, FilesAreSentFromTheirDescriptor) {
  const std::string content(3 << 20, 'f');
  char name[] = "/tmp/zoobar-file-XXXXXX";
  Fd file(mkstemp(name));
  unlink(name);
  ASSERT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  owner_.file = {std::make_shared<const Fd>(std::move(file)), 10, content.size() - 10};
  owner_.big_fields = "Content-Length: " + std::to_string(content.size() - 10) + "\r\n";
  const Fd client = Connect();
  Send(client, Get("/file") + Get("/mine"));
  const std::string all = Received(client);
  EXPECT_EQ(BodyOf(all).substr(0, content.size() - 10), content.substr(10));
  EXPECT_EQ(all.substr(all.size() - 4), "mine");
}

Client Numbered(std::uint64_t number) {
  Client client;
  client.number = number;
  return client;
}

TEST_F(Serving, AnAddressWhoseRequestsTakeLongDoesNotKeepTheLoopFromOthers) {
  std::vector<Fd> many;
  for (std::uint64_t number = 1; number <= 20; ++number) many.push_back(Connect(number));
  const Fd one = Connect(21, {}, "192.0.2.2");
  const std::string slow = Get("/slow"), quick = Get("/mine");
  for (const Fd& each : many) ASSERT_GT(send(each.get(), slow.data(), slow.size(), MSG_NOSIGNAL), 0);
  ASSERT_GT(send(one.get(), quick.data(), quick.size(), MSG_NOSIGNAL), 0);
  loop_.RunOnce();
  const std::vector<std::pair<std::string, int>> first = {{"/slow", 200}, {"/mine", 200}};
  EXPECT_EQ(owner_.served, first) << "one each, though the quick one came last";
  for (int i = 0; i < 100; ++i) loop_.RunOnce();
  EXPECT_EQ(owner_.served.size(), 21u) << "all have their turn in the end";
}

TEST_F(Serving, AConnectionThatIsToEndSoonFinishesItsAnswerAndNothingElse) {
  Begin({.limits = {}, .trusted = {}, .numbered = true});
  const Fd body = Connect(1), answered = Connect(2);
  Send(body, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  Send(answered, Get("/later") + Get("/mine"));
  for (std::uint64_t number = 1; number <= 3; ++number) connections_->EndSoon(Numbered(number), Milliseconds(60000));
  connections_->EndSoon(Numbered(2), Milliseconds(60000));
  EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{1});
  EXPECT_EQ(connections_->orphans(), 1u);
  Client others = Numbered(2);
  others.dispatcher = 7;
  EXPECT_FALSE(connections_->GiveWay(others, true)) << "numbers are each dispatcher's own";
}

TEST_F(Serving, AConnectionThatWaitsForItsClientGivesWay) {
  Begin({.limits = {}, .trusted = {}, .numbered = true});
  const Fd idle = Connect(1), head = Connect(2), body = Connect(3), refused = Connect(4);
  Send(head, "GET /");
  Send(body, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  Send(refused, "BAD\r\n\r\n");
  for (std::uint64_t number = 1; number <= 4; ++number)
    EXPECT_TRUE(connections_->GiveWay(Numbered(number), false)) << number;
  EXPECT_EQ(owner_.closed, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(Received(idle), "<end>");
  EXPECT_FALSE(connections_->GiveWay(Numbered(1), true));
}

TEST_F(Serving, AConnectionThatIsAnsweredDoesNotGiveWay) {
  Begin({.limits = {}, .trusted = {}, .numbered = true});
  owner_.big = std::make_shared<const std::string>(8 << 20, 'x');
  owner_.big_fields = "Content-Length: 8388608\r\n";
  const Fd answered = Connect(1), written = Connect(2), gone = Connect(3);
  Send(answered, Get("/later"));
  Send(written, Get("/big"));
  Send(gone, Get("/theirs"));
  EXPECT_FALSE(connections_->GiveWay(Numbered(1), true));
  EXPECT_FALSE(connections_->GiveWay(Numbered(2), false));
  EXPECT_TRUE(connections_->GiveWay(Numbered(2), true));
  EXPECT_FALSE(connections_->GiveWay(Numbered(3), true));
  EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{2});
}

TEST_F(Serving, EmptyLinesBeforeARequestAreReadOver) {
  const Fd client = Connect();
  EXPECT_EQ(BodyOf(Ask(client, "\r\n" + Get("/mine"))), "mine");
  EXPECT_EQ(CountOf(Ask(client, "\r\n\r\n" + Get("/x") + "\r\n" + Get("/mine") + "\r\n"), "HTTP/1.1 200"), 2);
  EXPECT_EQ(BodyOf(Ask(client, "POST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n")), "/y|abc");
  Send(client, "\r");
  Send(client, "\n");
  EXPECT_EQ(BodyOf(Ask(client, Get("/mine"))), "mine");
}

// A client that ends its form with an empty line too many has sent nothing of its next request.
TEST_F(Serving, AnEmptyLineLeavesAConnectionIdle) {
  const Fd client = Connect();
  Ask(client, Get("/mine") + "\r\n");
  EXPECT_EQ(connections_->idle(), 1u);
  Pass(Milliseconds(11000));
  EXPECT_EQ(Received(client), "");
  EXPECT_EQ(BodyOf(Ask(client, Get("/mine"))), "mine");
}

TEST_F(Serving, EmptyLinesAreBounded) {
  std::string lines;
  for (int i = 0; i < 8; ++i) lines += "\r\n";
  EXPECT_EQ(BodyOf(Ask(Connect(), lines + Get("/mine"))), "mine");
  EXPECT_EQ(StatusOf(Ask(Connect(), lines + "\r\n" + Get("/mine"))), 400);
  const Fd slow = Connect();
  for (int i = 0; i < 9; ++i) Send(slow, "\r\n");
  EXPECT_EQ(StatusOf(Received(slow)), 400);
  EXPECT_EQ(StatusOf(Ask(Connect(), lines + "\r")), 400);
}

TEST_F(Serving, WhatIsNoEmptyLineIsNotReadOver) {
  for (const char* bytes : {"\n", "\r\r\n", "\rGET", " \r\n", "\r\n \r\n", "\n\r\n"}) {
    EXPECT_EQ(StatusOf(Ask(Connect(), bytes + Get("/mine"))), 400) << bytes;
  }
}

TEST_F(Serving, AnEmptyLineInTheMiddleOfAHeadEndsIt) {
  const std::string all = Ask(Connect(), "GET /mine HTTP/1.1\r\nHost: a\r\n\r\nA: b\r\n\r\n");
  EXPECT_EQ(CountOf(all, "HTTP/1.1 200"), 1);
  EXPECT_EQ(CountOf(all, "HTTP/1.1 400"), 1);
}

// Over TCP: only there does a client that resets its connection leave no end of file behind.
class Resets : public Serving {
 protected:
  Fd ConnectByTcp() {
    Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    Fd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(accepted.valid());
    Client about;
    about.peer = *IpAddress::Parse("127.0.0.1");
    about.number = 1;
    connections_->Adopt(std::move(accepted), about);
    return client;
  }
  static void Reset(Fd client) {
    const linger now{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    client.Close();
  }
  // Without any deadline's help.
  void UntilGone() {
    for (int i = 0; i < 2000 && connections_->size() > 0; ++i) {
      loop_.RunOnce();
      usleep(1000);
    }
    EXPECT_EQ(connections_->size(), 0u);
    EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{1});
  }
};

TEST_F(Resets, AConnectionWithAnUnreadHeadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  ASSERT_EQ(send(client.get(), "GET", 3, MSG_NOSIGNAL), 3);
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionWithHalfAHeadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Send(client, "GET / HTT");
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AnIdleConnectionIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Turn();
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionThatIsWrittenToIsGoneAtOnce) {
  owner_.big = std::make_shared<const std::string>(32 << 20, 'x');
  owner_.big_fields = "Content-Length: 33554432\r\n";
  Fd client = ConnectByTcp();
  Send(client, Get("/big"));
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionThatWaitsForItsAnswerIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Send(client, Get("/later"));
  ASSERT_EQ(owner_.waiting.size(), 1u);
  EXPECT_TRUE(owner_.waiting[0].alive());
  Reset(std::move(client));
  UntilGone();
  EXPECT_FALSE(owner_.waiting[0].alive());
}

TEST_F(Resets, AConnectionOfWhichNothingMoreIsReadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  const std::string much = Get("/later") + std::string(20000, 'x');
  ASSERT_EQ(send(client.get(), much.data(), much.size(), MSG_NOSIGNAL), static_cast<ssize_t>(much.size()));
  for (int i = 0; i < 100 && owner_.waiting.empty(); ++i) Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  Turn();
  Reset(std::move(client));
  UntilGone();
}

// It may want the answer still: nothing is read of it, and nothing is lost.
TEST_F(Resets, AClientThatHasOnlyEndedItsSendingGetsItsAnswer) {
  Fd client = ConnectByTcp();
  const std::string much = Get("/later") + std::string(20000, 'x');
  ASSERT_EQ(send(client.get(), much.data(), much.size(), MSG_NOSIGNAL), static_cast<ssize_t>(much.size()));
  shutdown(client.get(), SHUT_WR);
  for (int i = 0; i < 100 && owner_.waiting.empty(); ++i) Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  Turn();
  ASSERT_TRUE(owner_.waiting[0].alive());
  owner_.waiting[0].Answer(Response::Text(200, "the answer"));
  fcntl(client.get(), F_SETFL, O_NONBLOCK);
  EXPECT_NE(Received(client).find("the answer"), std::string::npos);
}

TEST_F(Serving, DrainingFinishesWhatIsInFlightAndClosesTheRest) {
  const Fd idle = Connect(1), busy = Connect(2);
  Send(busy, Get("/later"));
  bool done = false;
  connections_->Drain([&done] { done = true; });
  Turn();
  EXPECT_EQ(Received(idle), "<end>");
  EXPECT_FALSE(done);
  owner_.waiting[0].Answer(Response::Text(200, "last"));
  EXPECT_NE(Received(busy).find("last<end>"), std::string::npos);
  shutdown(busy.get(), SHUT_RDWR);
  Turn();
  EXPECT_TRUE(done);
}

// Whose numbers are over this.
void OrphanOver(Connections& connections, std::uint64_t number) {
  connections.Orphan([number](const Client& client) { return client.number > number; }, Milliseconds(30'000));
}

TEST_F(Serving, OrphansThatOweNothingAreClosedAtOnceAndOthersAfterTheirAnswer) {
  const Fd kept = Connect(1), idle = Connect(2), busy = Connect(3), begun = Connect(4);
  Send(busy, Get("/later") + Get("/mine"));
  Send(begun, "GET /mine HT");
  OrphanOver(*connections_, 1);
  EXPECT_EQ(Received(idle), "<end>");
  EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{2});
  EXPECT_EQ(connections_->orphans(), 2u);
  owner_.waiting[0].Answer(Response::Text(200, "last"));
  const std::string last = Received(busy);
  EXPECT_NE(last.find("Connection: close\r\n"), std::string::npos) << last;
  EXPECT_TRUE(last.ends_with("last<end>")) << "and the next request is not served: " << last;
  EXPECT_TRUE(Ask(begun, "TP/1.1\r\nHost: x\r\n\r\n").ends_with("mine<end>"));
  EXPECT_EQ(StatusOf(Ask(kept, Get("/mine"))), 200);
  EXPECT_EQ(Received(kept), "") << "it stays open";
  for (const Fd* each : {&busy, &begun}) shutdown(each->get(), SHUT_RDWR);
  Turn();
  EXPECT_EQ(connections_->orphans(), 0u);
  EXPECT_EQ(connections_->size(), 1u);
}

TEST_F(Serving, AnOrphanWhoseAnswerIsBeingWrittenEndsBehindIt) {
  owner_.big = std::make_shared<const std::string>(4 << 20, 'b');
  owner_.big_fields = "Content-Length: 4194304\r\n";
  const Fd client = Connect(2);
  Send(client, Get("/big"));
  OrphanOver(*connections_, 1);
  EXPECT_EQ(connections_->orphans(), 1u);
  const std::string answer = Received(client);
  EXPECT_GE(answer.size(), std::size_t{4} << 20);
  EXPECT_TRUE(answer.ends_with("<end>"));
}

TEST_F(Serving, OrphansEndWhenTheirTimeIsOver) {
  const Fd busy = Connect(2);
  Send(busy, Get("/later"));
  OrphanOver(*connections_, 1);
  OrphanOver(*connections_, 0);  // again: its time goes on
  Pass(Milliseconds(29'000));
  EXPECT_EQ(connections_->orphans(), 1u);
  Pass(Milliseconds(30'000));
  EXPECT_EQ(Received(busy), "<end>");
  EXPECT_EQ(connections_->orphans(), 0u);
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, TheOldestOrphanCanBeClosedForAnother) {
  const Fd first = Connect(2), second = Connect(3), own = Connect(1);
  for (const Fd* each : {&first, &second, &own}) Send(*each, Get("/later"));
  OrphanOver(*connections_, 1);
  EXPECT_TRUE(connections_->CloseOldestOrphan());
  EXPECT_TRUE(connections_->CloseOldestOrphan());
  EXPECT_FALSE(connections_->CloseOldestOrphan());
  EXPECT_EQ(owner_.closed, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(connections_->size(), 1u);
}

TEST_F(Serving, ClientsOverACapAreAnsweredWithoutReading) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
  const Fd client(pair[1]);
  connections_->Refuse(Fd(pair[0]), Client{}, Response::Busy("Over 10 connections.", 5));
  const std::string answer = Received(client);
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Over 10 connections."), std::string::npos);
}

TEST_F(Serving, WhatWasServedIsReported) {
  const Fd client = Connect();
  Send(client, Get("/mine?secret=1") + Get("/x") + "BAD\r\n\r\n");
  using Line = std::pair<std::string, int>;
  EXPECT_EQ(owner_.served, (std::vector<Line>{{"/mine", 200}, {"/x", 200}, {"-", 400}}));
}

TEST(Responses, CookiesAreHttpOnlyAndLax) {
  Response response;
  response.SetCookie("A", "b", 60, false);
  response.SetCookie("C", "", -1, true);
  EXPECT_EQ(View(response.fields()),
            "Set-Cookie: A=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\n"
            "Set-Cookie: C=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure\r\n");
}

TEST(ResponsesDeathTest, AFieldWithALineEndIsABug) {
  EXPECT_DEATH(Response().AddField("Location", "/a\r\nSet-Cookie: b=c"), "line end");
}

TEST(Responses, MessagesAreEscaped) {
  EXPECT_EQ(Response::Message(400, "<b>", "a&\"'").body.find("<b>"), std::string::npos);
}

}  // namespace
}  // namespace zoobar
