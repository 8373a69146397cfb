// What the security log of a live site says of a member's program.
#pragma once

#include <map>
#include <set>
#include <string>

#include "attacks/attack.h"
#include "live_site/live_site.h"

namespace zoobar {

struct Logged {
  std::map<std::string, int> denied;  // the names of system calls, with `_` for each space, and how often
  std::set<std::string> visitors;
  bool ended = false;  // it was ended because it was denied too much

  // Whether this is exactly what the step tells.
  bool IsAsTold(const Step& step) const;
};

// Of the program with this source, as its owner saved it.
Logged LoggedOf(const LiveSite& site, const std::string& owner, const std::string& source);

}  // namespace zoobar
