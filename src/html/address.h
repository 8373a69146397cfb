// Checks the addresses in HTML that other people wrote: what may stand in href and src. These are allow-lists, so
// nothing passes that a browser's URL parser would repair (tabs inside `javascript:`, `https:path`, backslashes instead
// of slashes; https://url.spec.whatwg.org).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

// Accepts an absolute http or https address with a host and without a user name, or mailto with a recipient and without
// fields, of at most 2048 bytes. Returns it without the blanks around it and with the scheme in lower case. nullopt for
// everything else.
std::optional<std::string> LinkAddress(std::string_view value);

// Accepts data:image/(png|jpeg|gif|webp);base64,... with only base64's alphabet behind the comma. nullopt for
// everything else; svg is left out because it is a document that may contain scripts.
std::optional<std::string> ImageAddress(std::string_view value);

}  // namespace zoobar
