#include "ipc/principal.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

TEST(AddressPrincipal, IsAnIpv4AddressItselfHoweverItIsWritten) {
  EXPECT_EQ(AddressPrincipal("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressPrincipal("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(AddressPrincipal, IsTheSlash64OfAnIpv6Address) {
  EXPECT_EQ(AddressPrincipal("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressPrincipal("2001:db8:1:2::1"), AddressPrincipal("2001:db8:1:2:ffff::"));
  EXPECT_NE(AddressPrincipal("2001:db8:1:2::1"), AddressPrincipal("2001:db8:1:3::1"));
}

TEST(AddressPrincipal, TakesOtherTextAsItIsAndNotMuchOfIt) {
  EXPECT_EQ(AddressPrincipal(""), "");
  EXPECT_EQ(AddressPrincipal("not: an address"), "not: an address");
  EXPECT_EQ(AddressPrincipal(std::string(1000, ':')).size(), 64u);
  EXPECT_EQ(AddressPrincipal(std::string("::1\0x", 5)), std::string("::1\0x", 5));
}

}  // namespace
}  // namespace zoobar
