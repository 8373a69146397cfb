// Where the modules of Debian packages are that the operator lets programs import. The master makes one tree of them
// (master/package_tree.h). The tree is read-only. It has the same path in the sandbox's root and in the root of a run,
// because a module that the interpreter has loaded must find its other files in a run.
#pragma once

#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

inline constexpr const char* kPackageTree = "/usr/packages";
// The parts of the tree: the modules, the shared libraries that they need, the folders of /usr/share that they need,
// and a file with the names of the modules that the interpreter loads beforehand, one a line.
inline constexpr const char* kPackageModules = "/usr/packages/modules";
inline constexpr const char* kPackageLibraries = "/usr/packages/lib";
inline constexpr const char* kPackageData = "/usr/packages/share";
inline constexpr const char* kPackagesToWarm = "/usr/packages/warm";

// Returns whether the tree below `root` ("" for the root directory) has modules. It has none if the operator has listed
// none.
bool HasPackages(const std::string& root);

// Returns the names of the folders in kPackageData below `root`.
Result<std::vector<std::string>> PackageDataFolders(const std::string& root);

// Attaches each folder of kPackageData below `root` also at root/usr/share/NAME, where the modules look for it. Makes
// the directories for this.
Status AttachPackageData(const std::string& root);

// Moves the tree and the attached folders of the present root to a new root, which is the working directory. Makes the
// directories for this. `data`: the result of PackageDataFolders("").
Status MovePackages(const std::vector<std::string>& data);

}  // namespace zoobar
