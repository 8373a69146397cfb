// Live sites for tests that inject system calls into roles: with the configuration as it is delivered, and without
// complaint when a role is killed for such a call.
#pragma once

#include <memory>

#include "live_site/live_site.h"

namespace zoobar {

// A site that runs. The test fails if it does not start.
std::unique_ptr<LiveSite> StartSite();

// One site for all tests of this process, started at the first call and ended after the last test.
LiveSite& SharedSite();

}  // namespace zoobar
