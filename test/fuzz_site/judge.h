// What every answer of the site promises, whatever was asked.
#pragma once

#include <cstdint>
#include <string>

#include "fuzz_site/message.h"
#include "live_site/browser.h"

namespace zoobar::fuzz_site {

// Who may be named on a page that comes on a connection.
struct Speaker {
  std::uint64_t members = 0;  // a bit for each member whose session or password was sent on it
  std::string guests;         // the beginning of the names of this client's guests
};

// Returns which promise the answer breaks, in a few words; empty: none. `message`: the request, if it is known which
// one it was.
std::string FaultIn(const Answer& answer, const Message* message, const Speaker& speaker);

// The beginning of the names of the control members (control.h), whom no client may see as logged in.
inline constexpr std::string_view kControlPrefix = "control-";

}  // namespace zoobar::fuzz_site
