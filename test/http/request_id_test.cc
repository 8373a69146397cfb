// The id of a request: who makes it, whose is believed, and where it is told.
#include <gmock/gmock.h>

#include "connection_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

constexpr std::string_view kParent = "4bf92f3577b34da6a3ce929d0e0e4736";

// Notes the current request wherever the handler is called.
class NotingOwner : public Owner {
 public:
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override {
    at_head.push_back(CurrentRequest());
    return Owner::OnHead(connection, head);
  }
  void OnRequest(Exchange exchange, Request request) override {
    at_request.push_back(CurrentRequest());
    Owner::OnRequest(std::move(exchange), std::move(request));
  }
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override {
    at_detach.push_back(CurrentRequest());
    handed_over.push_back(client.request);
    Owner::OnDetached(client, std::move(socket), std::move(unread), why);
  }
  void OnServed(const Served& one) override {
    EXPECT_EQ(CurrentRequest(), one.request);
    served_ids.push_back(one.request);
    Owner::OnServed(one);
  }

  std::vector<RequestId> at_head, at_request, at_detach, handed_over, served_ids;
};

class RequestIdsTest : public Serving {
 protected:
  ~RequestIdsTest() override { EXPECT_TRUE(CurrentRequest().none()); }
  void SetUp() override {}
  void TearDown() override {
    noting_.waiting.clear();
    Serving::TearDown();
  }
  void Serve(std::uint32_t traced_per_second = 0, const std::vector<std::string>& trusted = {}) {
    Connections::Options options;
    options.traced_per_second = traced_per_second;
    options.trusted = *TrustedProxies::Parse(trusted);
    connections_ = std::make_unique<Connections>(loop_, noting_, std::move(options));
  }
  static std::string With(std::string_view path, std::string_view traceparent) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\ntraceparent: " + std::string(traceparent) + "\r\n\r\n";
  }
  static std::string IdIn(const std::string& answer) {
    const std::size_t at = answer.find("X-Request-Id: ");
    return at == answer.npos ? "" : answer.substr(at + 14, 32);
  }

  NotingOwner noting_;
};

TEST_F(RequestIdsTest, EachRequestHasOneIdFromItsHeadToTheAccessLog) {
  Serve();
  const Fd client = Connect();
  const std::string first = Ask(client, Get("/one")), second = Ask(client, Get("/two"));
  ASSERT_EQ(noting_.at_head.size(), 2u);
  EXPECT_FALSE(noting_.at_head[0].none());
  EXPECT_NE(noting_.at_head[0], noting_.at_head[1]);
  EXPECT_EQ(noting_.at_request, noting_.at_head);
  EXPECT_EQ(noting_.served_ids, noting_.at_head);
  EXPECT_EQ(IdIn(first), noting_.at_head[0].Hex());
  EXPECT_EQ(IdIn(second), noting_.at_head[1].Hex());
}

TEST_F(RequestIdsTest, ABodyThatComesLaterBelongsToItsRequest) {
  Serve();
  const Fd slow = Connect(1), quick = Connect(2);
  Send(slow, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  Ask(quick, Get("/between"));
  Ask(slow, "xy");
  ASSERT_EQ(noting_.at_request.size(), 2u);
  EXPECT_EQ(noting_.at_request[1], noting_.at_head[0]);
  EXPECT_EQ(noting_.at_request[0], noting_.at_head[1]);
}

TEST_F(RequestIdsTest, AnAnswerThatComesLaterCountsForItsRequest) {
  Serve();
  const Fd first = Connect(1), second = Connect(2);
  Send(first, Get("/later"));
  Send(second, Get("/later"));
  noting_.waiting[1].Answer(Response::Text(200, "second"));
  noting_.waiting[0].Answer(Response::Text(200, "first"));
  EXPECT_THAT(noting_.served_ids, testing::ElementsAre(noting_.at_head[1], noting_.at_head[0]));
  EXPECT_EQ(IdIn(Received(first)), noting_.at_head[0].Hex());
}

TEST_F(RequestIdsTest, PipelinedRequestsHaveIdsOfTheirOwn) {
  Serve();
  const std::string answers = Ask(Connect(), Get("/one") + Get("/mine") + Get("/two"));
  ASSERT_EQ(noting_.at_head.size(), 3u);
  EXPECT_THAT(answers, HasSubstr(noting_.at_head[0].Hex()));
  EXPECT_THAT(answers, HasSubstr(noting_.at_head[2].Hex()));
}

TEST_F(RequestIdsTest, AHandedOverConnectionTakesTheIdAlong) {
  Serve();
  Ask(Connect(), Get("/theirs"));
  ASSERT_EQ(noting_.handed_over.size(), 1u);
  EXPECT_EQ(noting_.handed_over[0], noting_.at_head[0]);
  EXPECT_EQ(noting_.at_detach[0], noting_.at_head[0]);
  // The next owner gives the request the same id, and the one after it another.
  auto [server, client] = SocketPair();
  Client about;
  about.peer = *IpAddress::Parse("192.0.2.1");
  about.request = noting_.handed_over[0];
  connections_->Adopt(std::move(server), about, ToBytes(Get("/taken")));
  EXPECT_EQ(noting_.at_head.at(1), noting_.at_head[0]);
  Ask(client, Get("/next"));
  EXPECT_NE(noting_.at_head.at(2), noting_.at_head[0]);
}

TEST_F(RequestIdsTest, OnlyATrustedProxysTraceparentIsBelieved) {
  const std::string good = "00-" + std::string(kParent) + "-00f067aa0ba902b7-01";
  Serve(0, {"10.0.0.0/8"});
  const Fd proxy = Connect(1, {}, "10.0.0.1"), stranger = Connect(2);
  EXPECT_EQ(IdIn(Ask(proxy, With("/", good))), kParent);
  EXPECT_TRUE(noting_.at_head.back().traced);
  EXPECT_NE(IdIn(Ask(stranger, With("/", good))), kParent);
  EXPECT_FALSE(noting_.at_head.back().traced);
  EXPECT_NE(IdIn(Ask(proxy, With("/", good + "x"))), kParent);
  const std::string twice =
      "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: " + good + "\r\ntraceparent: " + good + "\r\n\r\n";
  EXPECT_NE(IdIn(Ask(proxy, twice)), kParent) << "one of two fields is not chosen";
}

TEST_F(RequestIdsTest, AnErrorPageNamesTheRequestAndAnotherPageDoesNot) {
  Serve();
  const std::string refused = Ask(Connect(1), "GET / HTTP/1.1\r\n\r\n");  // no Host
  EXPECT_EQ(StatusOf(refused), 400);
  EXPECT_THAT(BodyOf(refused), HasSubstr("Request <code>" + IdIn(refused) + "</code>"));
  EXPECT_EQ(noting_.served_ids.back().Hex(), IdIn(refused)) << "the access log has the same id";
  const std::string forgotten = Ask(Connect(2), Get("/forgotten"));
  EXPECT_EQ(StatusOf(forgotten), 500);
  EXPECT_THAT(BodyOf(forgotten), HasSubstr(IdIn(forgotten)));
  EXPECT_EQ(Response::Message(303, "a", "b").body.find("Request"), std::string::npos);
}

TEST_F(RequestIdsTest, TheFirstRequestsOfASecondAreTracedAndOneAddressGetsHalfOfThem) {
  Serve(4);
  const Fd busy = Connect(1), other = Connect(2, {}, "192.0.2.2"), third = Connect(3, {}, "192.0.2.3");
  const auto traced = [&](const Fd& client) {
    Ask(client, Get("/"));
    return noting_.at_head.back().traced;
  };
  const bool many[] = {traced(busy), traced(busy), traced(busy), traced(other), traced(third), traced(other)};
  EXPECT_THAT(many, testing::ElementsAre(true, true, false, true, true, false));
  connections_->SetTracedPerSecond(0);
  EXPECT_FALSE(traced(Connect(4, {}, "192.0.2.4")));
}

TEST(TracedRequestsTest, ANewSecondHasNewTraces) {
  TracedRequests traced(1);
  const IpAddress one = *IpAddress::Parse("192.0.2.1"), two = *IpAddress::Parse("192.0.2.2");
  EXPECT_TRUE(traced.Take(one, 5'000'000));
  EXPECT_FALSE(traced.Take(two, 5'999'999));
  EXPECT_TRUE(traced.Take(two, 6'000'000));
  EXPECT_FALSE(TracedRequests(0).Take(one, 5'000'000));
}

}  // namespace
}  // namespace zoobar
