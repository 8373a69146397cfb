// Texts for the fields of requests: profiles, and values that have broken programs before.
#pragma once

#include <string>
#include <string_view>

#include "fuzz_site/random.h"

namespace zoobar::fuzz_site {

// A program that a member might save. A few misbehave.
std::string ProgramText(Random& random);
// HTML, mostly short, as strangers write it: nested, unclosed, with pictures, with scripts that must not survive.
std::string HtmlText(Random& random);
// A value for a field of a form or a query.
std::string OddValue(Random& random);
// A header line that may stand in any request and leaves its framing as it is: name and value.
std::pair<std::string, std::string> HarmlessLine(Random& random);
// A header line that may change where the request ends, or make it wrong.
std::pair<std::string, std::string> HarmfulLine(Random& random);

// What texts of this fuzzer begin a script and a header line with. No HTML page may have the one, no head the other.
inline constexpr std::string_view kScript = "<script>fuzz", kInjected = "X-Fuzz:";

}  // namespace zoobar::fuzz_site
