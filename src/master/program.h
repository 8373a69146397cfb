// The program that is installed where this process's program was. `zoobar ctl upgrade` lets roles run it.
#pragma once

#include <string>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Where it is. The master keeps the folder open, because its own root directory has no path to it.
struct InstalledProgram {
  Fd directory;
  std::string name;
  std::string refused;  // why no other program can be taken from there; empty: it can
};

// Must be called by root, before the master gives root up. Nobody but root may be able to replace the program or its
// folder's entries, because whoever can would decide what roles run.
InstalledProgram FindInstalledProgram();

// Opens the installed program. Returns an Error if it is the same file as `present`, if somebody but its owner may write
// to it, or if it cannot be opened.
Result<Fd> OpenInstalledProgram(const InstalledProgram& installed, const Fd& present);

}  // namespace zoobar
