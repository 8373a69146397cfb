#include "webauthn/origins.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config ConfigOf(const std::string& text) {
  Config config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return config;
}

TEST(PasskeyOrigins, AreWrittenAsBrowsersWriteThem) {
  for (const char* good : {"https://bank.example", "https://bank.example:8443", "https://a-b.c1.example",
                           "https://intranet", "https://xn--bcher-kva.example", "http://localhost",
                           "http://localhost:8080", "https://localhost", "https://1.example"}) {
    EXPECT_TRUE(IsPasskeyOrigin(good)) << good;
  }
  for (const char* wrong : {"",
                            "bank.example",
                            "https://",
                            "https://Bank.example",
                            "https://bank.example/",
                            "https://bank.example:443",
                            "https://bank.example:",
                            "https://bank.example:0",
                            "https://bank.example:08443",
                            "https://bank.example:65536",
                            "http://bank.example",
                            "http://127.0.0.1:8080",
                            "https://127.0.0.1",
                            "https://[::1]",
                            "http://localhost:80",
                            "http://localhost.evil.example",
                            "https://b\xc3\xbc"
                            "cher.example",
                            "https://bank..example",
                            "https://bank.example.",
                            "https://-bank.example",
                            "https://user@bank.example",
                            "https://*.example",
                            "https://bank.example\"",
                            "null"}) {
    EXPECT_FALSE(IsPasskeyOrigin(wrong)) << wrong;
  }
}

TEST(PasskeyOrigins, GiveTheHostAsTheIdOfTheRelyingParty) {
  EXPECT_EQ(RpIdOf("https://bank.example"), "bank.example");
  EXPECT_EQ(RpIdOf("https://bank.example:8443"), "bank.example");
  EXPECT_EQ(RpIdOf("http://localhost:8080"), "localhost");
}

TEST(PasskeyOrigins, AreThoseOfTheOperatorAndOfPlainLoopbackListeners) {
  EXPECT_THAT(PasskeyOrigins(ConfigOf("listen { address: \"127.0.0.1\" port: 8080 }")),
              ElementsAre("http://localhost:8080"));
  EXPECT_THAT(
      PasskeyOrigins(ConfigOf("listen { address: \"127.0.0.1\" port: 80 } listen { address: \"::1\" port: 80 }")),
      ElementsAre("http://localhost"));
  EXPECT_THAT(
      PasskeyOrigins(ConfigOf("listen { address: \"0.0.0.0\" port: 8080 } listen { address: \"127.0.0.1\" port: 0 } "
                              "listen { address: \"127.0.0.1\" port: 8443 tls: true }")),
      IsEmpty());
  EXPECT_THAT(PasskeyOrigins(ConfigOf("auth { passkeys { origin: \"https://bank.example\" } } "
                                      "listen { address: \"127.0.0.1\" port: 8080 }")),
              ElementsAre("https://bank.example", "http://localhost:8080"));
}

}  // namespace
}  // namespace zoobar
