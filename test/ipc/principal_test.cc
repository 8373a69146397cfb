#include "ipc/principal.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

TEST(NetworkOf, IsAnIpv4AddressItselfHoweverItIsWritten) {
  EXPECT_EQ(NetworkOf("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(NetworkOf("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(NetworkOf, IsTheSlash64OfAnIpv6Address) {
  EXPECT_EQ(NetworkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:2:ffff::"));
  EXPECT_NE(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:3::1"));
}

TEST(NetworkOf, TakesOtherTextAsItIsAndNotMuchOfIt) {
  EXPECT_EQ(NetworkOf(""), "");
  EXPECT_EQ(NetworkOf("not: an address"), "not: an address");
  EXPECT_EQ(NetworkOf(std::string(1000, ':')).size(), 64u);
  EXPECT_EQ(NetworkOf(std::string("::1\0x", 5)), std::string("::1\0x", 5));
}

TEST(Principals, MembersAndAddressesAreApartAndAnIpv6NetworkIsOne) {
  EXPECT_NE(MemberPrincipal("127.0.0.1"), AddressPrincipal("127.0.0.1"));
  EXPECT_EQ(AddressPrincipal("2001:db8:1:2::1"), AddressPrincipal("2001:db8:1:2:ffff::7"));
  EXPECT_NE(AddressPrincipal("2001:db8:1:2::1"), AddressPrincipal("2001:db8:1:3::1"));
  EXPECT_NE(AddressPrincipal("127.0.0.1"), AddressPrincipal("127.0.0.2"));
  EXPECT_EQ(AddressPrincipal("::ffff:127.0.0.1"), AddressPrincipal("127.0.0.1"));
}

}  // namespace
}  // namespace zoobar
