#include "http2/response_reader.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

using Outcome = ResponseReader::Outcome;

class ResponseReaderTest : public testing::Test {
 protected:
  // Reads the text in pieces of `step` bytes.
  Outcome Read(std::string_view text, std::size_t step = SIZE_MAX, bool head_only = false) {
    reader_.Begin(head_only);
    body_.Release();
    Outcome outcome = Outcome::kMore;
    while (!text.empty() && outcome == Outcome::kMore) {
      outcome = reader_.Read(text.substr(0, step), &body_);
      text.remove_prefix(std::min(step, text.size()));
    }
    return text.empty() ? outcome : Outcome::kBroken;
  }
  std::string Fields() {
    std::string text;
    for (std::size_t i = 0; i < reader_.head().size(); ++i) {
      const auto [name, value] = reader_.head().field(i);
      text += std::string(name) + "=" + std::string(value) + ";";
    }
    return text;
  }
  std::string Body() const { return std::string(body_.view()); }

  ResponseReader reader_;
  ByteQueue body_;
};

TEST_F(ResponseReaderTest, ReadsAResponseWithALengthInAnyPieces) {
  for (const std::size_t step : {1, 2, 7, 1000}) {
    ASSERT_EQ(Read("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", step),
              Outcome::kDone);
    EXPECT_EQ(reader_.head().status, 200);
    EXPECT_EQ(Fields(), "content-type=text/plain;content-length=5;");
    EXPECT_EQ(Body(), "hello");
    EXPECT_TRUE(reader_.keep_alive());
  }
}

TEST_F(ResponseReaderTest, ReadsChunksAndLeavesTheirFramingOut) {
  ASSERT_EQ(
      Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n", 1),
      Outcome::kDone);
  EXPECT_EQ(Fields(), "");
  EXPECT_EQ(Body(), "hello");
}

TEST_F(ResponseReaderTest, ReadsUntilTheServerCloses) {
  ASSERT_EQ(Read("HTTP/1.1 200 OK\r\n\r\nhello"), Outcome::kMore);
  EXPECT_EQ(reader_.End(), Outcome::kDone);
  EXPECT_EQ(Body(), "hello");
  EXPECT_FALSE(reader_.keep_alive());
}

TEST_F(ResponseReaderTest, KnowsTheResponsesWithoutABody) {
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 1, true), Outcome::kDone);
  EXPECT_TRUE(reader_.keep_alive());
  EXPECT_EQ(Read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), Outcome::kDone);
  EXPECT_EQ(Read("HTTP/1.1 204 No Content\r\n\r\n"), Outcome::kDone);
}

TEST_F(ResponseReaderTest, LeavesOutFieldsOfTheConnection) {
  ASSERT_EQ(
      Read("HTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: 5\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"),
      Outcome::kDone);
  EXPECT_EQ(Fields(), "set-cookie=a=b;content-length=0;");
  EXPECT_FALSE(reader_.keep_alive());
}

TEST_F(ResponseReaderTest, PassesOverInterimResponses) {
  ASSERT_EQ(Read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1), Outcome::kDone);
  EXPECT_TRUE(reader_.continues());
  EXPECT_EQ(reader_.head().status, 200);
  EXPECT_EQ(Body(), "ok");
}

TEST_F(ResponseReaderTest, RefusesWhatIsNoResponse) {
  for (const char* bad : {
           "garbage\r\n\r\n",
           "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
           "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX: a\x01"
           "b\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
       }) {
    EXPECT_EQ(Read(bad), Outcome::kBroken) << bad;
    EXPECT_STRNE(reader_.why(), "") << bad;
  }
}

TEST_F(ResponseReaderTest, BoundsTheHead) {
  std::string big = "HTTP/1.1 200 OK\r\nX: " + std::string(ResponseReader::kHeadBytes, 'x');
  EXPECT_EQ(Read(big), Outcome::kBroken);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i <= ResponseReader::kFields + 1; ++i) many += "X: y\r\n";
  EXPECT_EQ(Read(many), Outcome::kBroken);
}

TEST_F(ResponseReaderTest, TellsAnEarlyEndFromNone) {
  Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  EXPECT_EQ(reader_.End(), Outcome::kBroken);
  EXPECT_STREQ(reader_.why(), "the response ends too early");
  reader_.Begin(false);
  EXPECT_EQ(reader_.End(), Outcome::kBroken);
  EXPECT_STREQ(reader_.why(), "there is no response");
}

TEST(ResponseHeadTest, HasTheFieldsOfAnyResponseOfThisServer) {
  Response response = Response::Busy("Later.", 7);
  const ResponseHead head = ResponseHead::Of(response, "Date: today\r\n");
  std::string names;
  for (std::size_t i = 0; i < head.size(); ++i) names += std::string(head.field(i).name) + " ";
  EXPECT_EQ(head.status, 503);
  EXPECT_NE(names.find("date content-type content-length cache-control content-security-policy"), std::string::npos);
  EXPECT_EQ(head.field(head.size() - 1).name, "retry-after");
  EXPECT_EQ(head.field(head.size() - 1).value, "7");
}

}  // namespace
}  // namespace zoobar
