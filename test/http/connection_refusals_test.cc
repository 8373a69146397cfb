// What a connection refuses, and its deadlines for reading.
#include "http/connection_fixture.h"

namespace zoobar {
namespace {

TEST_F(Serving, ALargeBodyIsRefusedAtOnceAndTheClientGetsToReadIt) {
  const Fd client = Connect();
  std::string answer = Ask(client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 413);
  EXPECT_NE(answer.find("131072"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(connections_->size(), 1u);  // it reads on, because unread input would reset the client
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

// These requests name no path, so no owner can say which methods it allows.
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

TEST_F(Serving, ClientsOverACapAreAnsweredWithoutReading) {
  auto [server, client] = SocketPair();
  connections_->Refuse(std::move(server), Client{}, Response::Busy("Over 10 connections.", 5));
  const std::string answer = Received(client);
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Over 10 connections."), std::string::npos);
}

}  // namespace
}  // namespace zoobar
