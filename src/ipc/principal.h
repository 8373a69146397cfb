// Whose share something comes from, when all that is known of somebody is an address as text.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// An IPv4 address as it is (an IPv4-mapped one too), of an IPv6 address its /64 ("2001:db8:0:1::/64"): a customer has
// at least that much. Other text, since writers may send anything: as it is, at most 64 bytes of it.
std::string AddressPrincipal(std::string_view address);

}  // namespace zoobar
