// Names what Sanitize leaves out of a document, for the author of the document.
#pragma once

#include <gumbo.h>

#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

inline constexpr std::size_t kRemovedNamed = 12;  // at most this many names, and then "…"

// Returns the names of the elements and attributes of this tree that are not on the allow-list or whose value is not
// allowed: "<svg>", "onclick". Each name comes once, in the order of the document. A name has only ASCII letters,
// digits and '-' beside the angle brackets; an attribute whose name begins with anything else is "an attribute". What is
// inside an element that is removed whole is not named. The function looks at no more than `nodes` nodes.
//
// written: what Sanitize wrote from this tree. Images are counted in it, because the allow-list alone does not say which
// pictures may stay.
std::vector<std::string> NamesOfRemoved(const GumboNode& root, std::string_view written, std::size_t nodes);

}  // namespace zoobar
