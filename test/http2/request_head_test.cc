#include "http2/request_head.h"

#include <gtest/gtest.h>

#include "http2/frames.h"

namespace zoobar {
namespace {

using h2::Fields;

class Http2RequestHeadTest : public testing::Test {
 protected:
  // The composed head, or "STATUS text" if the request is refused, or "overflow".
  std::string Compose(const Fields& fields, bool body_follows = false) {
    Http2RequestHead head(limits_, 65536);
    for (const auto& [name, value] : fields) {
      if (!head.Add(name, value)) return "overflow";
    }
    request_ = {};
    if (const auto refusal = head.Finish(body_follows, &request_)) {
      return std::to_string(refusal->status) + " " + refusal->text;
    }
    return std::string(View(request_.head));
  }
  std::string Get(const Fields& more) { return Compose(h2::RequestFields("GET", "/", more)); }

  HttpLimits limits_;
  Http1Request request_;
};

TEST_F(Http2RequestHeadTest, BecomesAHeadOfHttp11) {
  EXPECT_EQ(Compose(h2::RequestFields("GET", "/a?b=c", {{"user-agent", "x"}, {"accept", "*/*"}})),
            "GET /a?b=c HTTP/1.1\r\nhost: bank.example\r\nuser-agent: x\r\naccept: */*\r\n\r\n");
  EXPECT_EQ(request_.path, "/a");
  EXPECT_FALSE(request_.head_only);
  Compose(h2::RequestFields("HEAD", "/"));
  EXPECT_TRUE(request_.head_only);
}

TEST_F(Http2RequestHeadTest, JoinsThePiecesOfACookie) {
  EXPECT_EQ(Get({{"cookie", "a=1"}, {"accept", "*/*"}, {"cookie", "b=2"}}),
            "GET / HTTP/1.1\r\nhost: bank.example\r\naccept: */*\r\ncookie: a=1; b=2\r\n\r\n");
}

TEST_F(Http2RequestHeadTest, SendsABodyOfUnknownLengthInChunks) {
  EXPECT_EQ(Compose(h2::RequestFields("POST", "/"), true),
            "POST / HTTP/1.1\r\nhost: bank.example\r\ntransfer-encoding: chunked\r\n\r\n");
  EXPECT_TRUE(request_.chunked);
  EXPECT_EQ(Compose(h2::RequestFields("POST", "/", {{"content-length", "5"}}), true),
            "POST / HTTP/1.1\r\nhost: bank.example\r\ncontent-length: 5\r\n\r\n");
  EXPECT_FALSE(request_.chunked);
}

TEST_F(Http2RequestHeadTest, RefusesALengthWithoutABody) {
  EXPECT_EQ(Compose(h2::RequestFields("POST", "/", {{"content-length", "5"}}), false),
            "400 The header fields are malformed.");
  EXPECT_EQ(Compose(h2::RequestFields("POST", "/", {{"content-length", "0"}}), false),
            "POST / HTTP/1.1\r\nhost: bank.example\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(Http2RequestHeadTest, TakesTheHostFromTheFieldIfThereIsNoAuthority) {
  EXPECT_EQ(Compose({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a.example"}}),
            "GET / HTTP/1.1\r\nhost: a.example\r\n\r\n");
  EXPECT_EQ(Get({{"host", "bank.example"}}), "GET / HTTP/1.1\r\nhost: bank.example\r\n\r\n");
}

TEST_F(Http2RequestHeadTest, RefusesTwoHosts) {
  EXPECT_EQ(Get({{"host", "evil.example"}}), "400 Host and :authority name different hosts.");
  EXPECT_EQ(Get({{"host", "bank.example"}, {"host", "bank.example"}}), "400 Host came twice.");
  EXPECT_EQ(Compose({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}}),
            "400 Host is not a host name with an optional port.");
}

TEST_F(Http2RequestHeadTest, RefusesEverythingThatCouldEndALine) {
  const std::string kBad[] = {"a\r\nx: y", "a\nb", "a\rb", std::string("a\0b", 3)};
  for (const std::string& bad : kBad) {
    EXPECT_EQ(Get({{"x", bad}}).substr(0, 4), "400 ");
    EXPECT_EQ(Get({{"cookie", bad}}).substr(0, 4), "400 ");
    EXPECT_EQ(Get({{bad, "x"}}).substr(0, 4), "400 ");
    EXPECT_EQ(Compose(h2::RequestFields("GET", "/" + bad)).substr(0, 4), "400 ");
    EXPECT_EQ(Compose(h2::RequestFields("GET" + bad, "/")).substr(0, 4), "400 ");
  }
  EXPECT_EQ(Compose(h2::RequestFields("GET", "/ HTTP/1.1")).substr(0, 4), "400 ");
  EXPECT_EQ(Compose(h2::RequestFields("GET / HTTP/1.1", "/")).substr(0, 4), "400 ");
  EXPECT_EQ(Get({{"a b", "x"}}).substr(0, 4), "400 ");
  EXPECT_EQ(Get({{"a:", "x"}}).substr(0, 4), "400 ");
}

TEST_F(Http2RequestHeadTest, RefusesFieldsOfAConnectionAndUpperCase) {
  for (const char* name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "Accept"}) {
    EXPECT_EQ(Get({{name, "close"}}).substr(0, 4), "400 ") << name;
  }
  EXPECT_EQ(Get({{"te", "gzip"}}).substr(0, 4), "400 ");
  EXPECT_EQ(Get({{"te", "trailers"}}), "GET / HTTP/1.1\r\nhost: bank.example\r\n\r\n");
}

TEST_F(Http2RequestHeadTest, RefusesOtherSchemesAndTargets) {
  const auto with = [this](std::string scheme, std::string path) {
    return Compose({{":method", "GET"}, {":scheme", scheme}, {":authority", "a"}, {":path", path}}).substr(0, 3);
  };
  EXPECT_EQ(with("https", "/"), "GET");
  EXPECT_EQ(with("http", "/"), "400");
  EXPECT_EQ(with("", "/"), "400");
  EXPECT_EQ(with("https", "http://other.example/"), "400");
  EXPECT_EQ(with("https", ""), "400");
  EXPECT_EQ(with("https", "/../x"), "400");
  EXPECT_EQ(with("https", "/%2fx"), "400");
  EXPECT_EQ(with("https", "/x#y"), "400");
}

TEST_F(Http2RequestHeadTest, RefusesWhatHttp11RefusesWithTheSameStatus) {
  EXPECT_EQ(Compose({{":method", "CONNECT"}, {":scheme", "https"}, {":authority", "a:443"}}).substr(0, 4), "405 ");
  EXPECT_EQ(Compose(h2::RequestFields("OPTIONS", "*")).substr(0, 4), "405 ");
  EXPECT_EQ(Compose(h2::RequestFields("BREW", "/")).substr(0, 4), "501 ");
  EXPECT_EQ(Compose(h2::RequestFields("PUT", "/")).substr(0, 4), "PUT ");
  EXPECT_EQ(Get({{"expect", "a miracle"}}).substr(0, 4), "417 ");
  EXPECT_EQ(Get({{"content-type", "a"}, {"content-type", "b"}}).substr(0, 4), "400 ");
  EXPECT_EQ(
      Compose(h2::RequestFields("POST", "/", {{"content-length", "5"}, {"content-length", "5"}}), true).substr(0, 4),
      "400 ");
  EXPECT_EQ(Compose(h2::RequestFields("POST", "/", {{"content-length", "+5"}}), true).substr(0, 4), "400 ");
}

TEST_F(Http2RequestHeadTest, NamesTheLimitThatIsExceeded) {
  EXPECT_EQ(Get({{"x", std::string(limits_.head_bytes, 'x')}}), "431 The request's head is over 16384 bytes.");
  EXPECT_EQ(Compose(h2::RequestFields("GET", "/" + std::string(limits_.line_bytes, 'x'))),
            "414 The request line is over 8192 bytes.");
  Fields many;
  for (std::size_t i = 0; i < limits_.fields; ++i) many.emplace_back("x", "y");
  EXPECT_EQ(Get(many), "431 The request has over 100 header fields.");
  many.pop_back();
  EXPECT_EQ(Get(many).substr(0, 3), "GET");
}

TEST_F(Http2RequestHeadTest, TellsWhenTheFieldsAreTooManyToDecode) {
  Fields bomb(20, {"x", std::string(4000, 'x')});
  EXPECT_EQ(Get(bomb), "overflow");
  Fields tiny(3000, {"x", ""});  // counts 32 bytes for each, as RFC 9113 does
  EXPECT_EQ(Get(tiny), "overflow");
}

}  // namespace
}  // namespace zoobar
