// Principals: the members and addresses among which the site shares what is bounded (docs/shares.md). The principal of
// a request is the member, or the address if the member is not known.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// The network of an address, as text. An IPv4 address is its own network, also if it is written as an IPv4-mapped IPv6
// address. For an IPv6 address it is the /64 ("2001:db8:0:1::/64"), because one customer usually has a whole /64. Any
// other text is returned as it is, cut to 64 bytes.
std::string NetworkOf(std::string_view address);

// The principal of a member, or of an address. No member has the principal of an address.
std::string MemberPrincipal(std::string_view member);
std::string AddressPrincipal(std::string_view address);

}  // namespace zoobar
