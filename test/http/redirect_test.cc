#include "http/redirect.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

// Where a request is sent, or the status.
std::string LocationOf(const std::string& head_text, std::uint32_t port = 443) {
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  const HeadParser parser{HttpLimits()};
  if (parser.Parse(head_text, &scanned, &head, &refusal) != HeadParser::Outcome::kComplete) return "unreadable";
  const Response response = RedirectToHttps(head, port);
  const std::string fields(View(response.fields()));
  if (!fields.starts_with("Location: ")) return std::to_string(response.status);
  EXPECT_EQ(response.status, 308);
  return fields.substr(10, fields.size() - 12);
}
std::string LocationOf(const std::string& target, const std::string& host, std::uint32_t port = 443) {
  return LocationOf("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", port);
}

TEST(Redirect, KeepsHostPathAndQuery) {
  EXPECT_EQ(LocationOf("/", "zoobar.example"), "https://zoobar.example/");
  EXPECT_EQ(LocationOf("/a/b?c=d&e=%20", "zoobar.example:80"), "https://zoobar.example/a/b?c=d&e=%20");
  EXPECT_EQ(LocationOf("/users?user=a", "127.0.0.1:8080", 8443), "https://127.0.0.1:8443/users?user=a");
  EXPECT_EQ(LocationOf("/", "[2001:db8::1]:80"), "https://[2001:db8::1]/");
}

TEST(Redirect, KeepsEscapesAsTheyWereSent) {
  EXPECT_EQ(LocationOf("/a%20b/%C3%A9", "a.example"), "https://a.example/a%20b/%C3%A9");
  EXPECT_EQ(LocationOf("/%0d%0aSet-Cookie:x", "a.example"), "unreadable");
}

TEST(Redirect, GoesNowhereButToTheHostOfTheRequest) {
  EXPECT_EQ(LocationOf("//evil.example/", "a.example"), "https://a.example//evil.example/");
  EXPECT_EQ(LocationOf("http://b.example/x?y", "a.example"), "https://b.example/x?y");
  EXPECT_EQ(LocationOf("http://b.example", "a.example"), "https://b.example/");
  for (const char* host : {"a%2eexample", "a!b", "a$b", "a;b", "a(b)", "a'b", "a~b", "a=b", "a&b", "a+b", "a*b"}) {
    EXPECT_EQ(LocationOf("/", host), "400") << host;
  }
  EXPECT_EQ(LocationOf("/", "user@a.example"), "unreadable");
  EXPECT_EQ(LocationOf("/", std::string(254, 'a')), "400");
  EXPECT_EQ(LocationOf("GET / HTTP/1.0\r\n\r\n"), "400") << "no host";
}

}  // namespace
}  // namespace zoobar
