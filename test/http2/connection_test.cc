// What an honest client of HTTP/2 gets.
#include "http2/connection.h"

#include "http2/serving.h"

namespace zoobar {
namespace {

using namespace h2;

class Http2ConnectionTest : public Http2Serving {};

TEST_F(Http2ConnectionTest, BeginsWithItsSettings) {
  Say(Hello());
  const auto settings = Frames(kSettings);
  ASSERT_EQ(settings.size(), 2u);  // its own, and the acknowledgement of the client's
  EXPECT_EQ(settings[0].payload, Number(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2) + Number(100, 4) +
                                     Number(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 2) + Number(2048, 4) +
                                     Number(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2) + Number(16384, 4) +
                                     Number(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 2) + Number(1, 4));
  EXPECT_EQ(settings[1].flags, kAck);
  EXPECT_EQ(connected_, 0u);  // a connection without a request costs the server nothing
}

TEST_F(Http2ConnectionTest, AnswersARequest) {
  Say(Hello() + Get(1, "/hello"));
  EXPECT_EQ(Status(1), "200");
  EXPECT_EQ(Body(1), "/hello|");
  EXPECT_TRUE(Ended(1));
  const auto head = Frames(kHeaders, 1).at(0);
  EXPECT_EQ(head.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(head.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(head.field("connection"), "-");
  EXPECT_EQ(connection_->streams(), 0u);
}

TEST_F(Http2ConnectionTest, AnswersHeadWithoutABody) {
  Say(Hello() + Headers(1, RequestFields("HEAD", "/big")));
  EXPECT_EQ(Status(1), "200");
  EXPECT_TRUE(Ended(1));
  EXPECT_EQ(Body(1), "");
  Say(Get(3, "/again"));
  EXPECT_EQ(Body(3), "/again|");
  EXPECT_EQ(connected_, 1u);
}

TEST_F(Http2ConnectionTest, ReadsABodyOfKnownLength) {
  const std::string form = "user=alice&amount=3";
  Say(Hello() +
      Headers(1, RequestFields("POST", "/form", {{"content-length", std::to_string(form.size())}}), kEndHeaders) +
      Data(1, form.substr(0, 4)) + Data(1, form.substr(4), kEndStream));
  EXPECT_EQ(Body(1), "/form|" + form);
}

TEST_F(Http2ConnectionTest, ReadsABodyOfUnknownLengthWithTrailersAndPadding) {
  Say(Hello() + Headers(1, RequestFields("POST", "/form"), kEndHeaders) + Data(1, "ab") +
      Data(1,
           std::string("\x03"
                       "cd\0\0\0",
                       6),
           kPadded) +
      Headers(1, {{"x-sum", "1"}}));
  EXPECT_EQ(Body(1), "/form|abcd");
}

TEST_F(Http2ConnectionTest, ReadsABodyAsLargeAsItsWindowsAllow) {
  Say(Hello() + Headers(1, RequestFields("POST", "/form"), kEndHeaders));
  std::string body;
  std::size_t window = 2048;
  std::size_t seen = 0;
  while (body.size() < 100000) {
    for (; seen < reader_->frames.size(); ++seen) {
      const ServerFrame& frame = reader_->frames[seen];
      if (frame.type == kWindowUpdate && frame.stream == 1) window += frame.NumberAt(0);
    }
    ASSERT_GT(window, 0u) << "after " << body.size();
    const std::string piece(std::min<std::size_t>(window, 5000), static_cast<char>('a' + body.size() % 26));
    Say(Data(1, piece));
    body += piece;
    window -= piece.size();
  }
  Say(Data(1, "", kEndStream));
  EXPECT_EQ(Body(1), ("/form|" + body).substr(0, Body(1).size()));  // the client's window of 64 KiB ends it
  Say(WindowUpdate(0, 100000) + WindowUpdate(1, 100000));
  EXPECT_EQ(Body(1), "/form|" + body);
}

TEST_F(Http2ConnectionTest, ServesManyStreamsOverFewSocketPairs) {
  std::string requests = Hello();
  for (std::uint32_t i = 0; i < 100; ++i) requests += Get(2 * i + 1, "/" + std::to_string(i));
  Hear(requests);
  for (int i = 0; i < 20; ++i) Exchange();
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(Body(2 * i + 1), "/" + std::to_string(i) + "|");
  EXPECT_EQ(connected_, 8u);
}

TEST_F(Http2ConnectionTest, BeginsWaitingStreamsInTheirOrder) {
  by_hand_ = true;
  std::string requests = Hello();
  for (std::uint32_t i = 0; i < 10; ++i) requests += Get(2 * i + 1, "/" + std::to_string(i));
  Say(requests);
  ASSERT_EQ(servers_.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(Arrived(i).substr(0, 6), "GET /" + std::to_string(i));
  }
  Reply(5, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Arrived(5).substr(0, 6), "GET /8");
  Reply(2, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Arrived(2).substr(0, 6), "GET /9");
}

TEST_F(Http2ConnectionTest, SendsALargeResponseOnlyAsTheClientTakesIt) {
  MakeBig(1 << 20);
  Say(Hello() + Get(1, "/big"));
  EXPECT_EQ(Body(1).size(), 65535u);  // the window that RFC 9113 gives a stream at first
  EXPECT_LE(connection_->memory(), shared_->limits.session_bytes + shared_->limits.response_buffer);
  Say(Get(3, "/small"));  // the connection's window is used up too, but not what is needed for a head
  EXPECT_EQ(Status(3), "200");
  Say(WindowUpdate(0, 1 << 20) + WindowUpdate(1, 1 << 20));
  for (int i = 0; i < 40; ++i) Exchange();
  EXPECT_EQ(Body(1), *owner_.big);
  EXPECT_TRUE(Ended(1));
  EXPECT_EQ(Body(3), "/small|");
}

TEST_F(Http2ConnectionTest, ComposesNoMoreThanItsBoundWhileTheClientsSocketTakesNothing) {
  MakeBig(1 << 20);
  Hear(Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 24}}) + WindowUpdate(0, 1 << 24) + Get(1, "/big") +
       Get(3, "/big"));
  for (int i = 0; i < 20; ++i) Turn();
  EXPECT_LE(connection_->output().size(), shared_->limits.output + 16384 + 9);
  EXPECT_FALSE(connection_->wants_input());
  Collect();
  EXPECT_TRUE(connection_->wants_input());
}

TEST_F(Http2ConnectionTest, TellsItsOwnerOfOutput) {
  Hear(Hello() + Get(1, "/later"));
  Collect();
  Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  Collect();
  const int before = outputs_;
  owner_.waiting.at(0).Answer(Response::Text(200, "now"));
  Turn();
  EXPECT_GT(outputs_, before);
}

TEST_F(Http2ConnectionTest, PassesOn100Continue) {
  Say(Hello() +
      Headers(1, RequestFields("POST", "/form", {{"expect", "100-continue"}, {"content-length", "2"}}), kEndHeaders));
  EXPECT_EQ(Status(1), "100");
  EXPECT_FALSE(Ended(1));
  Say(Data(1, "ok", kEndStream));
  EXPECT_EQ(Status(1), "200");
  EXPECT_EQ(Body(1), "/form|ok");
}

TEST_F(Http2ConnectionTest, GivesTheServersRefusalOfALargeBody) {
  Say(Hello() + Headers(1, RequestFields("POST", "/form", {{"content-length", "1000000"}}), kEndHeaders));
  EXPECT_EQ(Status(1), "413");
  EXPECT_TRUE(Ended(1));
  EXPECT_EQ(ResetCode(1), NGHTTP2_NO_ERROR);  // asks the client to stop sending; the response counts
  Say(Data(1, std::string(2000, 'x')) + Get(3, "/next"));
  EXPECT_EQ(Body(3), "/next|");
  EXPECT_EQ(GoAwayCode(), -1);
}

TEST_F(Http2ConnectionTest, AnswersARefusedHeadItself) {
  Say(Hello() + Headers(1, RequestFields("GET", "/", {{"x", std::string(17000, 'x')}}), kEndStream) +
      Frame(kContinuation, kEndHeaders, 1));
  // The field section needs CONTINUATION, because a frame has at most 16384 bytes; nghttp2 refuses the larger frame.
  EXPECT_EQ(GoAwayCode(), NGHTTP2_FRAME_SIZE_ERROR);
  Restart({});
  const std::string block = Block(RequestFields("GET", "/", {{"x", std::string(17000, 'x')}}));
  Say(Hello() + Frame(kHeaders, kEndStream, 1, block.substr(0, 16000)) +
      Frame(kContinuation, kEndHeaders, 1, block.substr(16000)) + Headers(3, RequestFields("CONNECT", "/")) +
      Headers(5, RequestFields("BREW", "/")));
  EXPECT_EQ(Status(1), "431");
  EXPECT_NE(Body(1).find("over 16384 bytes"), std::string::npos);
  EXPECT_EQ(ResetCode(3), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(Status(5), "501");
  EXPECT_EQ(refused_, (std::vector<int>{431, 501}));
  EXPECT_EQ(connected_, 0u);
}

TEST_F(Http2ConnectionTest, ClosesSocketPairsThatAreIdle) {
  Say(Hello() + Get(1, "/a") + Get(3, "/b"));
  EXPECT_EQ(connection_->backends(), 2u);
  SweepAfter(shared_->limits.backend_idle);
  EXPECT_EQ(connection_->backends(), 0u);
  EXPECT_EQ(owner_.closed.size(), 2u);
  Say(Get(5, "/c"));
  EXPECT_EQ(Body(5), "/c|");
}

TEST_F(Http2ConnectionTest, SendsAReadingRequestOnceMoreIfTheOldSocketPairIsClosed) {
  by_hand_ = true;
  Say(Hello() + Get(1, "/a"));
  Reply(0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Hear(Get(3, "/b"));
  servers_[0].Close();
  Exchange();
  ASSERT_EQ(servers_.size(), 2u);
  EXPECT_EQ(Arrived(1).substr(0, 6), "GET /b");
  Reply(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Status(3), "200");
  // A POST may have been carried out, so it is not sent twice.
  Hear(Headers(5, RequestFields("POST", "/c")));
  servers_[1].Close();
  Exchange();
  EXPECT_EQ(Status(5), "503");
  EXPECT_EQ(servers_.size(), 2u);
}

TEST_F(Http2ConnectionTest, EndsOnlyTheStreamsOfAServerThatDies) {
  by_hand_ = true;
  Say(Hello() + Get(1, "/a") + Get(3, "/b") + Get(5, "/c"));
  Reply(1, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(Body(3), "half");
  servers_[0].Close();
  servers_[1].Close();
  Exchange();
  EXPECT_EQ(Status(1), "503");
  EXPECT_EQ(ResetCode(3), NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(failures_, (std::vector<std::string>{"there is no response", "the response ends too early"}));
  Reply(2, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(Body(5), "ok");
  EXPECT_EQ(GoAwayCode(), -1);
}

TEST_F(Http2ConnectionTest, NeverPassesOnWhatIsNoResponse) {
  by_hand_ = true;
  Say(Hello() + Get(1, "/a") + Get(3, "/b"));
  Reply(0, "SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(Status(1), "503");
  EXPECT_EQ(Body(1).find("SSH"), std::string::npos);
  Reply(1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");  // more than was asked for
  EXPECT_EQ(ResetCode(3) == NGHTTP2_INTERNAL_ERROR || Status(3) == "503", true);
  EXPECT_EQ(connection_->backends(), 0u);
}

TEST_F(Http2ConnectionTest, WaitsForASocketPairOfItsOwnIfTheAddressMayHaveNoMore) {
  by_hand_ = true;
  places_ = 1;
  Say(Hello() + Get(1, "/a") + Get(3, "/b"));
  EXPECT_EQ(Status(3), "none");
  EXPECT_EQ(Arrived(0).find("GET /a"), 0u);
  Reply(0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Arrived(0).find("GET /b"), 0u);
  Restart({});
  Say(Hello() + Get(1, "/a"));
  EXPECT_EQ(Status(1), "503");
  EXPECT_EQ(Frames(kHeaders, 1).at(0).field("retry-after"), "2");
}

TEST_F(Http2ConnectionTest, AnswersWith503WhileNoServerCanBeReached) {
  reachable_ = false;
  Say(Hello() + Get(1, "/a") + Get(3, "/b"));
  EXPECT_EQ(Status(1), "503");
  EXPECT_EQ(Status(3), "503");
  reachable_ = true;
  Say(Get(5, "/c"));
  EXPECT_EQ(Body(5), "/c|");
}

TEST_F(Http2ConnectionTest, AsksForNoMoreSocketPairsThanStreamsWait) {
  Hear(Hello());
  connection_->Receive(Get(1, "/a") + Get(3, "/b"));
  EXPECT_EQ(opening_, 2u);
  connection_->Receive(Reset(3) + Get(5, "/c"));
  EXPECT_EQ(opening_, 2u);
  Exchange();
  EXPECT_EQ(Body(5), "/c|");
}

TEST_F(Http2ConnectionTest, DrainsWithoutLosingARequest) {
  Say(Hello() + Get(1, "/later"));
  connection_->Drain();
  Exchange();
  EXPECT_EQ(Frames(kGoAway).at(0).NumberAt(0), 0x7fffffffu);  // a warning
  Say(Get(3, "/still"));
  EXPECT_EQ(Body(3), "/still|");
  SweepAfter(Milliseconds(1500));
  EXPECT_EQ(Frames(kGoAway).at(1).NumberAt(0), 3u);
  Say(Get(5, "/late"));
  EXPECT_EQ(Status(5), "none");
  EXPECT_FALSE(connection_->finished());
  owner_.waiting.at(0).Answer(Response::Text(200, "now"));
  Exchange();
  EXPECT_EQ(Body(1), "now");
  EXPECT_TRUE(connection_->finished());
  EXPECT_FALSE(connection_->abused());
}

TEST_F(Http2ConnectionTest, IgnoresUnknownFramesAndPriorities) {
  Say(Hello() + Frame(0xbe, 0xff, 0, "unknown") + Frame(0xbf, 0, 1, "") +
      Frame(kPriority, kNone, 1, Number(0, 4) + "x") + Frame(kPriorityUpdate, kNone, 0, Number(1, 4) + "u=3") +
      Get(1, "/hello"));
  EXPECT_EQ(Body(1), "/hello|");
}

TEST_F(Http2ConnectionTest, HoldsLittleWhileItIsIdle) {
  Say(Hello() + Get(1, "/hello"));
  SweepAfter(shared_->limits.backend_idle);
  EXPECT_LT(connection_->memory(), 40000u);
  EXPECT_EQ(connection_->backends(), 0u);
}

// The owner counts socket pairs, and must learn of each that is not needed any more.
TEST_F(Http2ConnectionTest, GivesASocketPairBackThatComesTooLate) {
  connection_->Receive(Hello() + Get(1, "/hello"));
  ASSERT_EQ(opening_, 1u);
  connection_->Receive(Frame(kData, kNone, 0, "a stream is missing"));
  Exchange();
  EXPECT_EQ(GoAwayCode(), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(connection_->backends(), 0u);
  EXPECT_EQ(disconnected_, 1);
}

// Many connections that do not read their responses must not take more and more memory. But each goes on.
TEST_F(Http2ConnectionTest, HoldsLittleOfEachResponseWhileAllConnectionsHoldMuch) {
  Http2Limits limits;
  limits.held_by_all = 1;
  Restart(limits);
  by_hand_ = true;
  Say(Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}) + Get(1, "/a") + Get(3, "/b"));
  const std::string large = "HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + std::string(30000, 'x');
  Reply(0, large);
  const std::size_t first = shared_->held();
  EXPECT_GT(first, 0u);
  Reply(1, large);
  EXPECT_GT(shared_->held(), first);
  EXPECT_LE(shared_->held(), first + limits.crowded_buffer);
  Say(WindowUpdate(0, 60000) + WindowUpdate(1, 30000) + WindowUpdate(3, 30000));
  for (int i = 0; i < 20; ++i) Exchange();
  EXPECT_EQ(Body(1), std::string(30000, 'x'));
  EXPECT_EQ(Body(3), std::string(30000, 'x'));
  EXPECT_EQ(shared_->held(), 0u);
}

}  // namespace
}  // namespace zoobar
