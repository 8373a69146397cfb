// Registers a store's counters for Health.Report. Also logs an event when the store has no room.
#pragma once

#include "site/role.h"

namespace zoobar {

class Environment;  // store/environment.h

// The environment must live as long as the role.
void CountStore(Site& site, Environment& environment);

}  // namespace zoobar
