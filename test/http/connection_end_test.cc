// How a connection ends or leaves its owner.
#include "http/connection_fixture.h"

namespace zoobar {
namespace {

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

Client Numbered(std::uint64_t number) {
  Client client;
  client.number = number;
  return client;
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
  MakeBig(8 << 20);
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

TEST_F(Serving, DrainingFinishesWhatIsInFlightAndClosesTheRest) {
  const Fd idle = Connect(1), busy = Connect(2);
  Ask(idle, Get("/mine"));
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

TEST_F(Serving, DrainingAnswersTheFirstRequestOfAClientThatHasJustConnected) {
  const Fd asking = Connect(1), silent = Connect(2);
  bool done = false;
  connections_->Drain([&done] { done = true; });
  const Fd late = Connect(3);  // as from another owner, which has accepted it before
  Turn();
  EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{});
  for (const Fd* fresh : {&asking, &late}) {
    const std::string answer = Ask(*fresh, Get("/mine") + Get("/mine"));
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 200"), 1) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    shutdown(fresh->get(), SHUT_RDWR);
  }
  Turn();
  EXPECT_FALSE(done);
  Pass(Milliseconds(400));
  EXPECT_EQ(Received(silent), "");
  Pass(Milliseconds(600));
  EXPECT_EQ(Received(silent), "<end>");
  EXPECT_TRUE(done);
}

// The client has sent a request when the connection still looked idle. It would not know whether it was carried out.
TEST_F(Serving, DrainingAnswersARequestThatHasComeButWasNotRead) {
  const Fd asking = Connect(1), idle = Connect(2);
  Ask(asking, Get("/mine"));
  Ask(idle, Get("/mine"));
  const std::string request = Get("/mine");
  ASSERT_EQ(send(asking.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  bool done = false;
  connections_->Drain([&done] { done = true; });
  Turn();
  EXPECT_EQ(Received(idle), "<end>");
  const std::string answer = Received(asking);
  EXPECT_EQ(CountOf(answer, "HTTP/1.1 200"), 1) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

// Makes orphans of the connections whose numbers are over `number`.
void OrphanOver(Connections& connections, std::uint64_t number) {
  connections.Orphan([number](const Client& client) { return client.number > number; }, Milliseconds(30'000));
}

TEST_F(Serving, OrphansEndAfterTheirNextAnswerAndThoseThatAskNothingSoon) {
  const Fd kept = Connect(1), idle = Connect(2), busy = Connect(3), begun = Connect(4);
  Send(busy, Get("/later") + Get("/mine"));
  Send(begun, "GET /mine HT");
  OrphanOver(*connections_, 1);
  Pass(Milliseconds(1000));
  EXPECT_EQ(Received(idle), "");
  EXPECT_EQ(connections_->orphans(), 3u);
  Pass(Milliseconds(2000));
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

// A client that does not know of it gets an answer to its next request, and learns from it that the connection ends.
TEST_F(Serving, AnOrphanAnswersOneMoreRequest) {
  const Fd asking = Connect(2), later = Connect(3);
  for (const Fd* each : {&asking, &later}) Ask(*each, Get("/mine"));
  const std::string request = Get("/mine");
  ASSERT_EQ(send(asking.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  OrphanOver(*connections_, 1);
  Turn();
  for (const std::string& answer : {Received(asking), Ask(later, Get("/mine") + Get("/mine"))}) {
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 200"), 1) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST_F(Serving, OrphansThatAskNothingEndBeforeThoseThatAreServedAlsoIfTheyCameLater) {
  const Fd busy = Connect(3), idle = Connect(2);
  Send(busy, Get("/later"));
  OrphanOver(*connections_, 2);
  OrphanOver(*connections_, 1);
  Pass(Milliseconds(2500));
  EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{2});
  EXPECT_EQ(connections_->orphans(), 1u);
}

TEST_F(Serving, AnOrphanWhoseAnswerIsBeingWrittenEndsBehindIt) {
  MakeBig(4 << 20);
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
  OrphanOver(*connections_, 0);  // a second time: the first due time stays
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

}  // namespace
}  // namespace zoobar
