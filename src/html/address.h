// Checks the addresses of links in HTML that other people wrote. Only listed forms are allowed. An address that
// a browser's URL parser would repair is therefore refused: tabs inside `javascript:`, `https:path`, backslashes
// instead of slashes (https://url.spec.whatwg.org).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

// Accepts an absolute http or https address with a host and without a user name, or a mailto address with a recipient
// and without fields (as ?subject=). It may have at most 2048 bytes. Returns the address without the blanks around it
// and with the scheme in lower case. Returns nullopt for everything else.
std::optional<std::string> LinkAddress(std::string_view value);

}  // namespace zoobar
