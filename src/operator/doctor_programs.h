// The probe of `zoobar doctor` that tests whether members' programs can run on this machine.
#pragma once

#include <string>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// Checks whether members' programs can run. If they cannot, the verdict is kLimited and not kMissing, because the site
// also starts without programs. namespaces: whether the master can get namespaces of its own. library: the path of
// CPython's shared library. standard: the folder of Python's standard library.
Finding CheckPrograms(const Config& config, bool namespaces, const std::string& library, const std::string& standard);
// Does the same check with the two library paths that the sandbox uses.
Finding CheckPrograms(const Config& config, bool namespaces);

}  // namespace zoobar
