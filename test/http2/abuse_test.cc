// What a hostile client can do, frame by frame, from RFC 9113 and the published attacks; and what it costs.
#include "http2/serving.h"

namespace zoobar {
namespace {

using namespace h2;

class Http2AbuseTest : public Http2Serving {
 protected:
  // Sends `frames` until the server ends the connection. Returns how often it was sent.
  int FloodUntilGoAway(const std::function<std::string(int)>& frames, int most) {
    int count = 0;
    for (; count < most && GoAwayCode() < 0 && !connection_->finished(); ++count) {
      Hear(frames(count));
      Collect();
      EXPECT_LT(connection_->memory(), 1u << 20);
    }
    Exchange();
    return count;
  }
  void ExpectCalmed() {
    EXPECT_EQ(GoAwayCode(), NGHTTP2_ENHANCE_YOUR_CALM) << GoAwayText();
    EXPECT_TRUE(connection_->finished());
    EXPECT_TRUE(connection_->abused());
    EXPECT_EQ(shared_->figures.calmed, 1u);
    EXPECT_FALSE(connection_->wants_input());
  }
};

TEST_F(Http2AbuseTest, RapidResetEndsTheConnectionAndCostsNoSocketPair) {  // CVE-2023-44487
  Say(Hello());
  const int count = FloodUntilGoAway(
      [](int i) {
        const auto stream = static_cast<std::uint32_t>(2 * i + 1);
        return Get(stream, "/later") + Reset(stream);
      },
      1000);
  EXPECT_LE(count, 201);
  EXPECT_EQ(connected_, 0u);
  ExpectCalmed();
  EXPECT_NE(GoAwayText().find("2000 points"), std::string::npos);
}

TEST_F(Http2AbuseTest, RapidResetOfStreamsInWorkOpensNoMoreSocketPairsThanItsBudget) {
  Say(Hello());
  for (std::uint32_t i = 0; i < 1000 && GoAwayCode() < 0; ++i) {
    Say(Get(2 * i + 1, "/later"));
    Say(Reset(2 * i + 1));
  }
  ExpectCalmed();
  EXPECT_LE(connected_, 210u);
  EXPECT_EQ(connection_->backends(), 0u);
}

TEST_F(Http2AbuseTest, ABrowserThatLeavesAPageAgainAndAgainIsServed) {
  Say(Hello());
  std::uint32_t stream = 1;
  for (int page = 0; page < 30; ++page) {
    std::string requests;
    std::string resets;
    for (int i = 0; i < 5; ++i, stream += 2) {
      requests += Get(stream, "/later");
      resets += Reset(stream);
    }
    Say(requests);
    Say(resets + Get(stream, "/page"));
    EXPECT_EQ(Body(stream), "/page|");
    stream += 2;
  }
  EXPECT_EQ(GoAwayCode(), -1);
}

TEST_F(Http2AbuseTest, ResetsThatTheClientProvokesCount) {  // CVE-2025-8671
  Say(Hello());
  const int count = FloodUntilGoAway(
      [](int i) {
        const auto stream = static_cast<std::uint32_t>(2 * i + 1);
        return Get(stream, "/later") + WindowUpdate(stream, 0x7fffffff);  // over 2^31 - 1: a stream error
      },
      1000);
  EXPECT_LE(count, 250);
  ExpectCalmed();
}

TEST_F(Http2AbuseTest, MalformedRequestsCount) {
  Say(Hello());
  const int count = FloodUntilGoAway(
      [](int i) {
        return Headers(static_cast<std::uint32_t>(2 * i + 1), RequestFields("GET", "/", {{"connection", "close"}}));
      },
      1000);
  EXPECT_LE(count, 250);
  ExpectCalmed();
}

TEST_F(Http2AbuseTest, FloodsOfControlFramesEndTheConnection) {  // CVE-2019-9512, 9513, 9515, 9518
  const std::pair<const char*, std::string> kFloods[] = {
      {"SETTINGS", Settings()},
      {"SETTINGS that change a window", Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1}})},
      {"PING", Ping()},
      {"PRIORITY", Frame(kPriority, kNone, 3, Number(0, 4) + "x")},
      {"PRIORITY_UPDATE", Frame(kPriorityUpdate, kNone, 0, Number(1, 4) + "u=3")},
      {"WINDOW_UPDATE", WindowUpdate(0, 1)},
      {"empty DATA", Data(3, "")},
      {"padded DATA", Data(3, std::string(1, '\0'), kPadded)},
      {"HEADERS of a stream that is over", Get(1, "/")},
      {"unknown frames", Frame(0xbe, 0, 0)},
  };
  for (const auto& [name, frame] : kFloods) {
    Restart({});
    Say(Hello() + Get(1, "/a") + Headers(3, RequestFields("POST", "/form"), kEndHeaders));
    const std::string one = frame;
    const int count = FloodUntilGoAway([&one](int) { return one; }, 5000);
    EXPECT_LE(count, 2100) << name;
    SCOPED_TRACE(name);
    ExpectCalmed();
  }
}

TEST_F(Http2AbuseTest, AFloodInOneReadMakesNoMoreAnswersThanItsBudget) {
  Say(Hello());
  std::string pings;
  for (int i = 0; i < 10000; ++i) pings += Ping();
  Hear(pings);
  EXPECT_LT(connection_->memory(), shared_->limits.session_bytes);
  Collect();
  EXPECT_LE(Frames(kPing).size(), 400u);
  EXPECT_EQ(GoAwayCode(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2AbuseTest, NothingIsReadWhileTheClientReadsNothing) {  // CVE-2019-9517
  MakeBig(1 << 20);
  Hear(Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 30}}) + WindowUpdate(0, 1 << 30));
  int sent = 0;
  for (std::uint32_t stream = 1; stream < 200 && connection_->wants_input(); stream += 2, ++sent) {
    Hear(Get(stream, "/big"));
    Turn();
  }
  EXPECT_FALSE(connection_->wants_input());
  EXPECT_LT(sent, 10);
  EXPECT_LT(connection_->memory() + connection_->output().size(), 600000u);
  connection_->Sweep(After(shared_->limits.http.write_time));
  EXPECT_TRUE(connection_->finished());
}

TEST_F(Http2AbuseTest, ContinuationsAreBounded) {  // CVE-2024-28182
  Say(Hello() + Frame(kHeaders, kEndStream, 1, Block(RequestFields("GET", "/"))));
  const int count = FloodUntilGoAway([](int) { return Frame(kContinuation, kNone, 1, Field("x", "y")); }, 100);
  EXPECT_LE(count, 9);
  ExpectCalmed();
  EXPECT_NE(GoAwayText().find("8 CONTINUATION"), std::string::npos);
}

TEST_F(Http2AbuseTest, AHeaderSectionThatDoesNotEndIsCutOff) {
  Say(Hello() + Frame(kHeaders, kEndStream, 1, Block(RequestFields("GET", "/"))));
  SweepAfter(shared_->limits.http.head_time);
  EXPECT_EQ(GoAwayCode(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_NE(GoAwayText().find("10 seconds"), std::string::npos);
  EXPECT_TRUE(connection_->finished());
}

TEST_F(Http2AbuseTest, AnHpackBombIsNotKept) {
  // A field of 4000 bytes is put into the table once. Then a byte names it: 16000 of them are 64 MB of fields.
  Say(Hello());
  std::string block = Block(RequestFields("GET", "/")) + Indexed("x", std::string(4000, 'x'));
  block += std::string(12000, Entry(62).at(0));
  const std::int64_t begin = MonotonicMicros();
  Hear(Frame(kHeaders, kEndStream | kEndHeaders, 1, block));
  const std::int64_t took = MonotonicMicros() - begin;
  EXPECT_LT(connection_->memory(), 100000u);
  EXPECT_LT(took, 1000000);
  Exchange();
  EXPECT_EQ(ResetCode(1), NGHTTP2_ENHANCE_YOUR_CALM);
  Say(Get(3, "/next"));  // the table is still the same at both ends
  EXPECT_EQ(Body(3), "/next|");
  const std::string again(12000, Entry(62).at(0));
  FloodUntilGoAway(
      [&again](int i) {
        return Frame(kHeaders, kEndStream | kEndHeaders, static_cast<std::uint32_t>(2 * i + 5),
                     Block(RequestFields("GET", "/")) + again);
      },
      1000);
  ExpectCalmed();
}

TEST_F(Http2AbuseTest, ATableLargerThanAllowedIsAnError) {
  Say(Hello() +
      Frame(kHeaders, kEndStream | kEndHeaders, 1, Integer(1 << 20, 5, 0x20) + Block(RequestFields("GET", "/"))));
  EXPECT_EQ(GoAwayCode(), NGHTTP2_COMPRESSION_ERROR);
  EXPECT_TRUE(connection_->finished());
}

TEST_F(Http2AbuseTest, HeadsThatWaitAreBounded) {
  by_hand_ = true;
  Say(Hello() + Frame(kHeaders, kEndStream | kEndHeaders, 1,
                      Block(RequestFields("GET", "/")) + Indexed("x", std::string(3900, 'x'))));
  std::string requests;
  for (std::uint32_t stream = 3; stream < 199;
       stream += 2) {  // each costs the client some bytes, and the server 16 KiB
    requests += Frame(kHeaders, kEndStream | kEndHeaders, stream,
                      Block(RequestFields("GET", "/")) + Entry(62) + Entry(62) + Entry(62) + Entry(62));
  }
  Hear(requests);
  EXPECT_LT(connection_->memory(), shared_->limits.waiting_heads + 100000);
  Exchange();
  EXPECT_EQ(ResetCode(197), NGHTTP2_REFUSED_STREAM);  // the client may try again
  EXPECT_EQ(GoAwayCode(), -1);
}

TEST_F(Http2AbuseTest, BodiesThatWaitAreBounded) {
  by_hand_ = true;
  // A client that does not acknowledge our settings may send by the window of RFC 9113 on each stream. The connection's
  // window bounds them all.
  std::string requests = std::string(kPreface) + Settings();
  for (std::uint32_t stream = 1; stream < 60; stream += 2) {
    requests += Headers(stream, RequestFields("POST", "/form"), kEndHeaders);
  }
  Say(requests);
  std::size_t sent = 0;
  for (std::uint32_t stream = 59; stream > 20 && GoAwayCode() < 0; stream -= 2) {
    for (int i = 0; i < 4; ++i) Hear(Data(stream, std::string(16000, 'x')));
    sent += 64000;
    Collect();
  }
  EXPECT_LT(connection_->memory(), shared_->limits.connection_window() + shared_->limits.session_bytes);
  EXPECT_GT(sent, shared_->limits.connection_window());
  EXPECT_EQ(GoAwayCode(), NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST_F(Http2AbuseTest, StreamsOverTheLimitAreRefused) {
  by_hand_ = true;
  Say(Hello());
  std::string requests;
  for (std::uint32_t i = 0; i < 101; ++i) requests += Get(2 * i + 1, "/");
  Hear(requests);
  EXPECT_LE(connection_->streams(), 100u);
  Exchange();
  EXPECT_EQ(GoAwayCode(), NGHTTP2_PROTOCOL_ERROR);  // the client has acknowledged the limit
  Restart({});
  Say(std::string(kPreface) + Settings());
  Hear(requests);
  Exchange();
  EXPECT_EQ(ResetCode(201), NGHTTP2_REFUSED_STREAM);  // and may not know it yet
}

TEST_F(Http2AbuseTest, TinyWindowsUseUpTheBudget) {  // CVE-2019-9511
  MakeBig(1 << 20);
  Say(Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}) + Get(1, "/big"));
  FloodUntilGoAway([](int) { return WindowUpdate(1, 1); }, 5000);
  EXPECT_LE(Body(1).size(), 2100u);
  ExpectCalmed();
}

TEST_F(Http2AbuseTest, AStreamThatTakesNothingIsResetAndTheOthersGoOn) {
  MakeBig(1 << 20);
  Say(Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}) + Get(1, "/big"));
  EXPECT_EQ(Body(1), "");
  connection_->Sweep(After(shared_->limits.http.write_time));
  Exchange();
  EXPECT_EQ(ResetCode(1), NGHTTP2_CANCEL);
  Say(Get(3, "/next") + WindowUpdate(3, 100));
  EXPECT_EQ(Body(3), "/next|");
}

TEST_F(Http2AbuseTest, StalledStreamsKeepNoFurtherResponses) {
  MakeBig(1 << 20);
  std::string requests = Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}});
  for (std::uint32_t i = 0; i < 100; ++i) requests += Get(2 * i + 1, "/big");
  Hear(requests);
  for (int i = 0; i < 30; ++i) Exchange();
  const Http2Limits& limits = shared_->limits;
  EXPECT_LE(connection_->memory(), limits.session_bytes + limits.held_responses +
                                       limits.backends * limits.response_buffer + limits.waiting_heads);
  EXPECT_EQ(connected_, 8u);
}

TEST_F(Http2AbuseTest, ABodyThatDoesNotComeIsAnsweredWith408) {
  by_hand_ = true;
  Say(Hello() + Headers(1, RequestFields("POST", "/form"), kEndHeaders) + Data(1, "a"));
  SweepAfter(shared_->limits.http.body_time);
  EXPECT_EQ(Status(1), "408");
  EXPECT_EQ(Serving::Received(servers_[0]).find("<end>") != std::string::npos,
            true);  // the server need not wait for it
  EXPECT_EQ(ResetCode(1), NGHTTP2_NO_ERROR);
}

TEST_F(Http2AbuseTest, StreamsThatWaitTooLongAreAnsweredWith503) {
  by_hand_ = true;
  std::string requests = Hello();
  for (std::uint32_t i = 0; i < 9; ++i) requests += Get(2 * i + 1, "/");
  Say(requests);
  SweepAfter(shared_->limits.wait_time);
  EXPECT_EQ(Status(17), "503");
  EXPECT_EQ(Status(1), "none");
  SweepAfter(shared_->limits.answer_time);
  EXPECT_EQ(Status(1), "503");
}

TEST_F(Http2AbuseTest, AConnectionMustBeginInTime) {
  Hear("PRI * HT");
  SweepAfter(shared_->limits.settings_time);
  EXPECT_EQ(GoAwayCode(), NGHTTP2_SETTINGS_TIMEOUT);
  EXPECT_TRUE(connection_->finished());
  Restart({});
  Say(std::string(kPreface) + Settings());  // and acknowledge our settings in time
  SweepAfter(shared_->limits.settings_time);
  EXPECT_EQ(GoAwayCode(), NGHTTP2_SETTINGS_TIMEOUT);
}

TEST_F(Http2AbuseTest, AnIdleConnectionEndsWhateverItSends) {
  Say(Hello() + Get(1, "/a"));
  const std::uint64_t later = After(shared_->limits.http.idle_time);
  Say(Ping());
  connection_->Sweep(later);
  Exchange();
  EXPECT_EQ(GoAwayCode(), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(connection_->finished());
  EXPECT_FALSE(connection_->abused());
}

TEST_F(Http2AbuseTest, BreaksOfTheProtocolEndTheConnection) {
  const std::string big(16385, 'x');
  const std::tuple<const char*, std::string, int> kBreaks[] = {
      {"no preface", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", NGHTTP2_PROTOCOL_ERROR},
      {"no SETTINGS first", std::string(kPreface) + Ping(), NGHTTP2_PROTOCOL_ERROR},
      {"a frame that is too large", Hello() + Frame(kData, 0, 1, big), NGHTTP2_FRAME_SIZE_ERROR},
      {"an even stream", Hello() + Get(2, "/"), NGHTTP2_PROTOCOL_ERROR},
      {"DATA on stream 0", Hello() + Data(0, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"DATA on an idle stream", Hello() + Data(1, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"HEADERS on stream 0", Hello() + Get(0, "/"), NGHTTP2_PROTOCOL_ERROR},
      {"CONTINUATION alone", Hello() + Frame(kContinuation, kEndHeaders, 1), NGHTTP2_PROTOCOL_ERROR},
      {"a frame within a header section", Hello() + Headers(1, RequestFields("GET", "/"), kNone) + Ping(),
       NGHTTP2_PROTOCOL_ERROR},
      {"PUSH_PROMISE", Hello() + Frame(kPushPromise, kEndHeaders, 1, Number(2, 4)), NGHTTP2_PROTOCOL_ERROR},
      {"a window of 0 more", Hello() + WindowUpdate(0, 0), NGHTTP2_PROTOCOL_ERROR},
      {"a window over its limit", Hello() + WindowUpdate(0, 0x7fffffff), NGHTTP2_FLOW_CONTROL_ERROR},
      {"a PING of 7 bytes", Hello() + Frame(kPing, 0, 0, "1234567"), NGHTTP2_FRAME_SIZE_ERROR},
      {"SETTINGS of 5 bytes", Hello() + Frame(kSettings, 0, 0, "12345"), NGHTTP2_FRAME_SIZE_ERROR},
      {"ENABLE_PUSH of 2", Hello() + Settings({{NGHTTP2_SETTINGS_ENABLE_PUSH, 2}}), NGHTTP2_PROTOCOL_ERROR},
      {"a frame size under 16384", Hello() + Settings({{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1}}), NGHTTP2_PROTOCOL_ERROR},
      {"more padding than payload",
       Hello() + Headers(1, RequestFields("POST", "/later"), kEndHeaders) +
           Data(1,
                "\x7f"
                "ab",
                kPadded),
       NGHTTP2_PROTOCOL_ERROR},
      {"HPACK that cannot be decoded", Hello() + Frame(kHeaders, kEndStream | kEndHeaders, 1, Entry(100)),
       NGHTTP2_COMPRESSION_ERROR},
  };
  for (const auto& [name, bytes, code] : kBreaks) {
    Restart({});
    Say(bytes);
    EXPECT_EQ(GoAwayCode(), code) << name;
    EXPECT_TRUE(connection_->finished()) << name;
    EXPECT_TRUE(connection_->abused()) << name;
    EXPECT_NE(connection_->why(), "") << name;
  }
}

TEST_F(Http2AbuseTest, MalformedRequestsAreResetAndTheConnectionGoesOn) {
  const Fields kBad[] = {
      {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}},  // no path
      {{":method", "GET"}, {":path", "/"}, {":authority", "a"}},        // no scheme
      {{":scheme", "https"}, {":path", "/"}, {":authority", "a"}},      // no method
      RequestFields("GET", "/", {{":path", "/b"}}),                     // after or twice
      RequestFields("GET", "/", {{":status", "200"}}),                  // of a response
      RequestFields("GET", "/", {{":protocol", "websocket"}}),          // not enabled
      RequestFields("GET", "/", {{"Upper", "x"}}),
      RequestFields("GET", "/", {{"connection", "close"}}),
      RequestFields("GET", "/", {{"transfer-encoding", "chunked"}}),
      RequestFields("GET", "/", {{"te", "gzip"}}),
      RequestFields("GET", "/", {{"x", "a\r\nb: c"}}),
      RequestFields("GET", "/", {{"x", std::string("a\0b", 3)}}),
      RequestFields("GET", "/", {{"x", " a"}}),
      RequestFields("GET", "/", {{"content-length", "5"}}),
      RequestFields("GET", "/", {{"content-length", "x"}}),
      RequestFields("GET", "/ b"),
      RequestFields("GET", "a"),
      RequestFields("CONNECT", "/"),
  };
  Say(Hello());
  std::uint32_t stream = 1;
  for (const Fields& bad : kBad) {
    Say(Headers(stream, bad));
    const bool refused = ResetCode(stream) == NGHTTP2_PROTOCOL_ERROR || Status(stream) == "400";
    EXPECT_TRUE(refused) << Block(bad);
    stream += 2;
  }
  EXPECT_EQ(connected_, 0u);
  Say(Get(stream, "/fine"));
  EXPECT_EQ(Body(stream), "/fine|");
}

TEST_F(Http2AbuseTest, ABodyOfAnotherLengthThanToldNeverCompletesARequest) {
  by_hand_ = true;
  Say(Hello() + Headers(1, RequestFields("POST", "/form", {{"content-length", "5"}}), kEndHeaders) +
      Data(1, "abcdefgh", kEndStream));
  EXPECT_EQ(ResetCode(1), NGHTTP2_PROTOCOL_ERROR);
  Say(Headers(3, RequestFields("POST", "/form", {{"content-length", "5"}}), kEndHeaders) + Data(3, "abc", kEndStream));
  EXPECT_EQ(ResetCode(3), NGHTTP2_PROTOCOL_ERROR);
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    EXPECT_EQ(Arrived(i).find("abcde"), std::string::npos);
  }
}

TEST_F(Http2AbuseTest, MemoryHasAHardBound) {
  Http2Limits limits;
  limits.session_bytes = 45000;
  Restart(limits);
  by_hand_ = true;
  Say(Hello());
  std::uint32_t stream = 1;
  while (!connection_->finished() && stream < 199) {
    Say(Get(stream, "/"));
    stream += 2;
  }
  EXPECT_TRUE(connection_->finished());
  EXPECT_LE(connection_->memory(), 100000u);
}

}  // namespace
}  // namespace zoobar
