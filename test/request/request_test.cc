// Ids of requests: what is one, and whose traceparent is believed to be one.
#include "request/request.h"

#include <gtest/gtest.h>

#include <set>

namespace zoobar {
namespace {

constexpr std::string_view kHex = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(RequestIdTest, NewIdsDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const RequestId id = RequestId::New();
    EXPECT_FALSE(id.none());
    EXPECT_FALSE(id.traced);
    ids.insert(id.Hex());
  }
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(RequestIdTest, AnIdIsSixteenBytesThatAreNotAllZero) {
  EXPECT_TRUE(RequestId().none());
  EXPECT_FALSE(RequestId::FromBytes(""));
  EXPECT_FALSE(RequestId::FromBytes(std::string(16, '\0')));
  EXPECT_FALSE(RequestId::FromBytes(std::string(15, 'a')));
  EXPECT_FALSE(RequestId::FromBytes(std::string(17, 'a')));
  EXPECT_EQ(RequestId::FromBytes(std::string(16, 'a'))->Hex(), "61616161616161616161616161616161");
}

TEST(RequestIdTest, HexadecimalDigitsGoBothWays) {
  EXPECT_EQ(RequestId::FromHex(kHex)->Hex(), kHex);
  EXPECT_EQ(RequestId::FromHex("4BF92F3577B34DA6A3CE929D0E0E4736")->Hex(), kHex);
  EXPECT_FALSE(RequestId::FromHex(kHex.substr(1)));
  EXPECT_FALSE(RequestId::FromHex(std::string(kHex) + "0"));
  EXPECT_FALSE(RequestId::FromHex("4bf92f3577b34da6a3ce929d0e0e473g"));
  EXPECT_FALSE(RequestId::FromHex(std::string(32, '0')));
}

TEST(TraceparentTest, TheIdAndTheFlagAreRead) {
  const auto sampled = RequestId::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(sampled);
  EXPECT_EQ(sampled->Hex(), kHex);
  EXPECT_TRUE(sampled->traced);
  const auto other = RequestId::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->traced);
}

TEST(TraceparentTest, ALaterVersionMayHaveMoreFields) {
  EXPECT_TRUE(RequestId::FromTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_TRUE(RequestId::FromTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future"));
  EXPECT_FALSE(RequestId::FromTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

TEST(TraceparentTest, WhatIsMalformedIsIgnored) {
  for (const char* wrong : {
           "",
           "4bf92f3577b34da6a3ce929d0e0e4736",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\n1",
       }) {
    EXPECT_FALSE(RequestId::FromTraceparent(wrong)) << wrong;
  }
}

TEST(RequestScopeTest, ScopesNest) {
  const RequestId first = RequestId::New(), second = RequestId::New();
  {
    const RequestScope outer(first);
    {
      const RequestScope inner(second);
      EXPECT_EQ(CurrentRequest(), second);
    }
    EXPECT_EQ(CurrentRequest(), first);
  }
  EXPECT_TRUE(CurrentRequest().none());
}

}  // namespace
}  // namespace zoobar
