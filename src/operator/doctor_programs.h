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

// Checks whether programs can import the modules of profile.packages. If none are listed, says which well-known ones
// this machine has. The verdict is kLimited if one of them is missing, because the site starts without it. `root`: ""
// for the machine's own files.
Finding CheckPackages(const Config& config, bool namespaces, const std::string& root = "");

}  // namespace zoobar
