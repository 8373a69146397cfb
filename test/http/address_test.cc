#include "http/address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoobar {
namespace {

IpAddress At(std::string_view text) { return IpAddress::Parse(text).value(); }

std::string ClientOf(const std::vector<std::string>& trusted, std::string_view peer, std::string_view fields) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  EXPECT_EQ(HeadParser(HttpLimits{}).Parse(text, &scanned, &head, &refusal), HeadParser::Outcome::kComplete);
  const auto proxies = TrustedProxies::Parse(trusted);
  EXPECT_TRUE(proxies.ok());
  const auto client = proxies->ClientOf(At(peer), head);
  return client.address.Text() + (client.secure ? " secure" : "");
}

TEST(Address, IsReadAndWritten) {
  EXPECT_EQ(At("127.0.0.1").Text(), "127.0.0.1");
  EXPECT_EQ(At("2001:DB8::1").Text(), "2001:db8::1");
  EXPECT_EQ(At("::ffff:10.0.0.1"), At("10.0.0.1"));
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4x", "::1%lo", "[::1]", "localhost"}) {
    EXPECT_EQ(IpAddress::Parse(bad), std::nullopt) << bad;
  }
}

TEST(Address, CapsCountIpv6ByItsFirst64Bits) {
  EXPECT_EQ(At("2001:db8:1:2::1").CapKey(), At("2001:db8:1:2:ffff::9").CapKey());
  EXPECT_NE(At("2001:db8:1:2::1").CapKey(), At("2001:db8:1:3::1").CapKey());
  EXPECT_NE(At("10.0.0.1").CapKey(), At("10.0.0.2").CapKey());
}

TEST(Proxies, MustBeAddressesOrBlocks) {
  const auto good = [](std::string entry) { return TrustedProxies::Parse(std::vector<std::string>{entry}).ok(); };
  EXPECT_TRUE(good("10.0.0.0/8"));
  EXPECT_TRUE(good("fd00::/8"));
  EXPECT_TRUE(good("::1"));
  for (const char* bad : {"10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "proxy", ""}) {
    EXPECT_FALSE(good(bad)) << bad;
  }
}

TEST(Proxies, ForwardedForIsBelievedFromThemAlone) {
  EXPECT_EQ(ClientOf({}, "192.0.2.1", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n"), "192.0.2.1");
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "192.0.2.1", "X-Forwarded-For: 198.51.100.7\r\n"), "192.0.2.1");
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "10.1.2.3", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n"),
            "198.51.100.7 secure");
}

TEST(Proxies, WhatAClientWroteInFrontIsNotBelieved) {
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "10.1.2.3", "X-Forwarded-For: 127.0.0.1, 198.51.100.7, 10.9.9.9\r\n"),
            "198.51.100.7");
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "10.1.2.3", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 198.51.100.7\r\n"),
            "198.51.100.7");
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "10.1.2.3", "X-Forwarded-For: 127.0.0.1, junk\r\n"), "10.1.2.3");
  EXPECT_EQ(ClientOf({"10.0.0.0/8"}, "10.1.2.3", "X-Forwarded-For: [2001:db8::1]:443\r\n"), "2001:db8::1");
}

}  // namespace
}  // namespace zoobar
