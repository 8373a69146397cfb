// Strict-Transport-Security: which responses have it (RFC 6797, 7.2).
#include "http/connection_fixture.h"

namespace zoobar {
namespace {

HttpLimits LimitsFrom(std::uint32_t seconds, bool subdomains) {
  Config::Http http;
  http.set_hsts_seconds(seconds);
  http.set_hsts_subdomains(subdomains);
  return HttpLimits::From(http);
}

class Hsts : public Serving {
 protected:
  void SetUp() override { BeginWith(LimitsFrom(31536000, false)); }
  void BeginWith(const HttpLimits& limits) {
    Connections::Options options;
    options.limits = limits;
    options.trusted = MustHave(TrustedProxies::Parse(std::vector<std::string>{"192.0.2.1"}));
    Begin(std::move(options));
  }
  std::string AskFrom(const char* address, const std::string& path, const std::string& protocol) {
    return Ask(Connect(1, {}, address),
               "GET " + path + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: " + protocol + "\r\n\r\n");
  }
};

constexpr const char* kField = "\r\nStrict-Transport-Security: max-age=31536000\r\n";

TEST_F(Hsts, IsInEveryKindOfResponseOverTls) {
  MakeBig(100000);
  for (const char* path : {"/mine", "/page", "/big", "/forgotten"}) {
    EXPECT_EQ(CountOf(AskFrom("192.0.2.1", path, "https"), kField), 1) << path;
  }
  const Fd client = Connect();
  const std::string refused =
      Ask(client, "POST /x HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nContent-Length: 10485760\r\n\r\n");
  EXPECT_EQ(StatusOf(refused), 413);
  EXPECT_EQ(CountOf(refused, kField), 1);
}

TEST_F(Hsts, IsInNoResponseWithoutTls) {
  EXPECT_EQ(CountOf(AskFrom("192.0.2.1", "/page", "http"), "Strict-Transport"), 0);
  EXPECT_EQ(CountOf(AskFrom("192.0.2.9", "/page", "https"), "Strict-Transport"), 0) << "nobody may claim it";
}

TEST_F(Hsts, IsOffUnlessConfigured) {
  BeginWith(LimitsFrom(0, true));
  EXPECT_EQ(CountOf(AskFrom("192.0.2.1", "/page", "https"), "Strict-Transport"), 0);
}

TEST_F(Hsts, MayIncludeSubdomains) {
  BeginWith(LimitsFrom(60, true));
  EXPECT_EQ(CountOf(AskFrom("192.0.2.1", "/page", "https"),
                    "\r\nStrict-Transport-Security: max-age=60; includeSubDomains\r\n"),
            1);
}

}  // namespace
}  // namespace zoobar
