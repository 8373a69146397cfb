// The journal of a site, as its members' statements have it.
#pragma once

#include <string>
#include <vector>

#include "chaos/history.h"
#include "ipc/result.h"
#include "live_site/browser.h"

namespace zoobar::chaos {

// All entries of one member, who is logged in with this browser.
Result<std::vector<Entry>> StatementOf(Browser& browser);

// Joins the entries of all members, each entry once, in the order of their numbers. An Error if two members have
// different entries with the same number.
Result<std::vector<Entry>> Joined(const std::vector<std::vector<Entry>>& statements);

}  // namespace zoobar::chaos
