// Requests on a connection, from their bytes to their responses.
#include "http/connection_fixture.h"

namespace zoobar {
namespace {

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

TEST_F(Serving, AForgottenRequestIsAnsweredWith500) { EXPECT_EQ(StatusOf(Ask(Connect(), Get("/forgotten"))), 500); }

TEST_F(Serving, AnAdoptedConnectionGoesOnFromItsUnreadBytes) {
  const Fd client = Connect(1, Get("/mine") + "GET /x HT");
  EXPECT_EQ(BodyOf(Received(client)), "mine");
  EXPECT_EQ(BodyOf(Ask(client, "TP/1.1\r\nHost: a\r\n\r\n")), "/x|");
}

TEST_F(Serving, WhatWasServedIsReported) {
  const Fd client = Connect();
  Send(client, Get("/mine?secret=1") + Get("/x") + "BAD\r\n\r\n");
  using Line = std::pair<std::string, int>;
  EXPECT_EQ(owner_.served, (std::vector<Line>{{"/mine", 200}, {"/x", 200}, {"-", 400}}));
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

TEST_F(Serving, EmptyLinesBeforeARequestAreReadOver) {
  const Fd client = Connect();
  EXPECT_EQ(BodyOf(Ask(client, "\r\n" + Get("/mine"))), "mine");
  EXPECT_EQ(CountOf(Ask(client, "\r\n\r\n" + Get("/x") + "\r\n" + Get("/mine") + "\r\n"), "HTTP/1.1 200"), 2);
  EXPECT_EQ(BodyOf(Ask(client, "POST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n")), "/y|abc");
  Send(client, "\r");
  Send(client, "\n");
  EXPECT_EQ(BodyOf(Ask(client, Get("/mine"))), "mine");
}

// A client that sends a superfluous empty line after its form has sent nothing of its next request.
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

}  // namespace
}  // namespace zoobar
