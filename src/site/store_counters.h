// A store's counters, as Health.Report shows them, and the line in the log when it has no room.
#pragma once

#include "site/role.h"

namespace zoobar {

class Environment;  // store/environment.h

// The environment lives as long as the role.
void CountStore(Site& site, Environment& environment);

}  // namespace zoobar
