// Whether members' programs can run here: doctor's probe of the sandbox's ground, one level below the master's.
#pragma once

#include <string>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// namespaces: whether the master gets its own. library, standard: CPython's shared library and its standard library.
// kLimited where programs cannot run: the site starts all the same, without them.
Finding CheckPrograms(const Config& config, bool namespaces, const std::string& library, const std::string& standard);
// Those the sandbox uses.
Finding CheckPrograms(const Config& config, bool namespaces);

}  // namespace zoobar
