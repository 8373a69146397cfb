// Tells the runtime of a role which store it has: for Health.Report its counters, for Health.HoldStore itself. Also logs an event when the store has no room.
#pragma once

#include "site/role.h"

namespace zoobar {

class Environment;  // store/environment.h

// The environment must live as long as the role.
void CountStore(Site& site, Environment& environment);

}  // namespace zoobar
