// Reads the configuration, checks it, and fills in every default.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// What the command line of the master says about its configuration.
struct ConfigSources {
  std::string file;                  // the file's path: named in messages, and the base of relative paths
  std::string text;                  // the content of `file` (ReadConfigFile)
  std::vector<std::string> sets;     // the values of --set, in their order
  std::vector<std::string> listens;  // the values of --listen (ParseListen); they replace the configured listeners
  std::string state_dir;             // --state-dir
  // A descriptor of the folder of `file`, from which the file with the tasks is read; -1: it is found by its path.
  int folder = -1;
};

// Returns the whole text of the file `name` in the folder `directory` (a descriptor, or AT_FDCWD). Returns an Error if
// the file cannot be read or is larger than 1 MiB.
Result<std::string> ReadConfigFile(int directory, const std::string& name);

// Merges the file, the values of --set and the other options in this order, checks them, and fills in the defaults of
// all missing fields. The result has a row with uid, gid and instances for the master and for every built-in role. It
// has at least one listener, and all its paths are absolute. An Error is one line. It starts with FILE:LINE:COLUMN if a
// place in the file or in a --set text is wrong.
Result<Config> CompleteConfig(const ConfigSources& sources);

// Reads `sources.file`, relative to the working directory, into `sources.text`, and completes the configuration.
Result<Config> ReadConfig(ConfigSources& sources);

}  // namespace zoobar
