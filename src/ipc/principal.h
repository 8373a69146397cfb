// A principal is a member or an address. The site shares its limited resources among principals (docs/shares.md). The
// principal of a request is the member, or the address if the member is not known.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// Returns the network of an address, as text. For an IPv4 address it is the address itself, also if it is written as an
// IPv4-mapped IPv6 address. For an IPv6 address it is the /64 ("2001:db8:0:1::/64"), because one customer usually has a
// whole /64. Any other text is returned unchanged, but cut to 64 bytes.
std::string NetworkOf(std::string_view address);

// Return the principal of a member, or of an address. The two kinds never get equal names.
std::string MemberPrincipal(std::string_view member);
std::string AddressPrincipal(std::string_view address);

}  // namespace zoobar
