// Finds the files of the Debian packages whose modules programs may import (profile.packages in the configuration).
//
// A module needs more than its own files. Which other modules it needs is read from the dependencies of the Debian
// package that contains it. (The metadata of Python is not enough: Debian's python3-matplotlib comes without a list of
// requirements.) Which shared libraries it needs is read from the files with machine code. Data outside the modules'
// folders are in packages named python-NAME-data, in folders of /usr/share.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

struct PackageFiles {
  std::set<std::string> modules;                 // entries of DebianPackages::kModules: full paths of folders and files
  std::map<std::string, std::string> libraries;  // the name of a shared library, and the path of its file
  std::set<std::string> data;                    // full paths of folders in /usr/share
  std::vector<std::string> missing;              // the names that no installed package contains
};

// Finds everything that these modules need. `root`: "" for the machine's own files. Returns an Error if dpkg's files
// cannot be read. A module that is not installed is no Error; its name is in `missing`.
Result<PackageFiles> FindPackages(const std::vector<std::string>& names, const std::string& root = "");

}  // namespace zoobar
