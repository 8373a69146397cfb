// The text that a page shows, as graders and tests read it.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// Returns the text without its tags, with the usual character references replaced, and with each run of white space as
// one blank; none at the ends.
std::string PageText(std::string_view html);
// Returns the HTML from the beginning of the profile to the end of its section; empty if the page has no profile.
std::string_view ProfileHtml(std::string_view page);
// Returns the text of the profile; of the whole page if it has no profile.
std::string ProfileText(std::string_view page);

}  // namespace zoobar
