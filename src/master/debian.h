// Reads which Debian packages with Python modules are installed, from the files that dpkg keeps.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// The installed packages whose names begin with "python3-" or "python-". Other packages are not needed: the shared
// libraries that modules need are found in the modules' own files (shared_libraries.h).
class DebianPackages {
 public:
  // Reads dpkg's files below `root` ("" for the machine's own). Returns an Error if dpkg's list cannot be read.
  static Result<DebianPackages> Read(const std::string& root);

  // Returns the packages that contain the importable module `name`, a folder or a file of the folder kModules. Several
  // packages may share a folder. The result is empty if none of them is installed.
  std::vector<std::string> Owners(const std::string& name) const;

  // Returns these packages and all packages that they depend on, directly or not.
  std::set<std::string> WithDependencies(const std::vector<std::string>& packages) const;

  // Returns the paths of all files and folders of a package, as dpkg lists them. Returns an empty list if dpkg has no
  // list for it.
  std::vector<std::string> Files(const std::string& package) const;

  // Where Debian installs Python modules.
  static constexpr const char* kModules = "/usr/lib/python3/dist-packages";

 private:
  void AddParagraph(const std::map<std::string, std::string>& fields);

  std::string root_;
  // For each package, one list for each dependency: the packages of which any one is enough.
  std::map<std::string, std::vector<std::vector<std::string>>> depends_;
  std::map<std::string, std::string> architectures_;
};

// Returns the first component of `path` below `folder`, which must end with "/". Returns "" if there is none.
std::string EntryBelow(std::string_view folder, const std::string& path);

// Returns the name that a program imports, if `file` is the name of an entry of kModules: the name of a folder, or of a
// file without its ending. Returns an empty string for metadata and for other files.
std::string ModuleName(const std::string& file);

}  // namespace zoobar
