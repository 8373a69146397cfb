// Principals: those among whom the site shares what is bounded (docs/shares.md). A request's principal is the member,
// or the address if the member is not known. Addresses come as text.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// The network of an address, as text: an IPv4 address as it is (also an IPv4-mapped one), and the /64 of an IPv6
// address ("2001:db8:0:1::/64"), because one customer usually has a whole /64. Any other text is returned as it is, cut
// to 64 bytes.
std::string NetworkOf(std::string_view address);

// The principal of a member, or of an address. No member has the principal of an address.
std::string MemberPrincipal(std::string_view member);
std::string AddressPrincipal(std::string_view address);

}  // namespace zoobar
