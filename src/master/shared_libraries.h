// Finds the shared libraries that files with machine code need. The files are read and not loaded, because loading a
// library executes its code.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace zoobar {

// Returns the names of the libraries that this ELF file needs (its DT_NEEDED entries), for example "libblas.so.3".
// Returns an empty list if the file cannot be read or is no 64-bit little-endian ELF file.
std::vector<std::string> NeededLibraries(const std::string& file);

// Returns all libraries that these files need, directly or through another library: for each name the path of the file,
// with all symbolic links resolved. Libraries that this process has loaded are left out, because a run has them too.
// `folders`: where libraries are looked for, in this order. Libraries that are in none of them are left out.
std::map<std::string, std::string> FindLibraries(const std::set<std::string>& files,
                                                 const std::vector<std::string>& folders);

// Returns the folders of the machine in which its shared libraries are, for example "/usr/lib/x86_64-linux-gnu".
std::vector<std::string> LibraryFolders();

}  // namespace zoobar
