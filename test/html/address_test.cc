#include "html/address.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

TEST(LinkAddress, AbsoluteWebAndMailAddressesPass) {
  EXPECT_EQ(LinkAddress("https://example.org/"), "https://example.org/");
  EXPECT_EQ(LinkAddress("HTTP://example.org:8080/a?b#c"), "http://example.org:8080/a?b#c");
  EXPECT_EQ(LinkAddress("\t https://example.org \n"), "https://example.org");
  EXPECT_EQ(LinkAddress("https://xn--bcher-kva.example/B\xC3\xBC"
                        "cher"),
            "https://xn--bcher-kva.example/B\xC3\xBC"
            "cher");
  EXPECT_EQ(LinkAddress("https://[2001:db8::1]/"), "https://[2001:db8::1]/");
  EXPECT_EQ(LinkAddress("mailto:a@example.org"), "mailto:a@example.org");
}

TEST(LinkAddress, NothingThatCouldMeanThisSiteOrAScriptPasses) {
  for (const char* address : {"",
                              "x",
                              "/",
                              "//example.org",
                              "///example.org",
                              "?a",
                              "#a",
                              "https:",
                              "https:/",
                              "https://",
                              "https:///x",
                              "https:x",
                              "https:?x",
                              "https://?x",
                              "https://:80/",
                              "http:/x",
                              "javascript:x",
                              "data:x",
                              "blob:https://x",
                              "file:///etc/passwd",
                              "ftp://x",
                              "ws://x",
                              "view-source:https://x",
                              "about:blank",
                              "feed:https://x",
                              "https\t://x",
                              "ht\ntps://x",
                              "https://x\\y",
                              "https://a@b",
                              "https://a:b@c/",
                              "https://x y",
                              "https://x\x7F",
                              "https://x\xC2\x85",
                              "https://x<y",
                              "mailto:",
                              "mailto:x",
                              "mailto:a@b?subject=x"}) {
    EXPECT_FALSE(LinkAddress(address)) << address;
  }
  EXPECT_FALSE(LinkAddress("https://" + std::string(2048, 'x')));
}

}  // namespace
}  // namespace zoobar
