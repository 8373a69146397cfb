// doctor's probe of whether members' programs can run here.
#pragma once

#include <string>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// namespaces: whether the master gets namespaces of its own. library: CPython's shared library. standard: the folder of
// its standard library. The verdict is kLimited where programs cannot run, because the site starts without them.
Finding CheckPrograms(const Config& config, bool namespaces, const std::string& library, const std::string& standard);
// With the libraries that the sandbox uses.
Finding CheckPrograms(const Config& config, bool namespaces);

}  // namespace zoobar
