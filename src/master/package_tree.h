// Makes the tree of modules, libraries and data that programs may import (confine/packages.h).
#pragma once

#include <string>
#include <vector>

#include "confine/namespaces.h"
#include "ipc/result.h"
#include "master/packages.h"

namespace zoobar {

// Makes the tree as detached mounts: a tmpfs, and mounts of the machine's folders in it. Everything is read-only, nosuid
// and nodev. Folders and files of at most 1 MiB are copied into the tmpfs, because every run pays for each mount; larger
// ones are mounted. `path`: where the tmpfs will be attached; the other mounts have paths below it. `warm`: the names of
// the modules that the interpreter loads beforehand. If `files` has no modules, the tree is an empty tmpfs. The caller
// must be root. An Error names the folder that could not be copied or mounted.
Result<std::vector<Placed>> MakePackageTree(const PackageFiles& files, const std::vector<std::string>& warm,
                                            const std::string& path);

}  // namespace zoobar
