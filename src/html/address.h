// Addresses in strangers' HTML: what may stand in href and src. Allow-lists, so that nothing a browser's URL parser
// repairs (tabs inside `javascript:`, `https:path`, backslashes for slashes; https://url.spec.whatwg.org) gets its
// chance.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

// An absolute http or https address with a host and no user name in front of it, or mailto with a recipient and no
// fields; blanks around it removed, scheme in lower case, at most 2048 bytes. Nothing for all else.
std::optional<std::string> LinkAddress(std::string_view value);

// data:image/(png|jpeg|gif|webp);base64,... with nothing but base64's alphabet behind the comma. Nothing for all else
// (svg is a document that may hold script).
std::optional<std::string> ImageAddress(std::string_view value);

}  // namespace zoobar
