// The charts of the operator's page: the figures of the last hour as lines.
#pragma once

#include <vector>

#include "pages/console_page.h"
#include "roles/console/history.h"

namespace zoobar {

// One chart for each kind of figure, also if there are no moments yet.
std::vector<ConsolePage::Chart> ChartsOf(const History& history);

}  // namespace zoobar
