// Reads the configuration, checks it, and fills in every default.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// What came on the command line.
struct ConfigSources {
  std::string file;                  // the path, for messages and as the base of relative paths
  std::string text;                  // the content of that file (ReadConfigFile)
  std::vector<std::string> sets;     // --set, in order
  std::vector<std::string> listens;  // --listen (ParseListen); these replace the configured ones
  std::string state_dir;             // --state-dir
};

// The whole text of the file `name` in the folder `directory`, a descriptor or AT_FDCWD. An Error when it cannot be
// read or is larger than 1 MiB.
Result<std::string> ReadConfigFile(int directory, const std::string& name);

// Merges file, sets and options in this order, checks them and fills in what is missing. The result has a row for the
// master and for every built-in role, with uid, gid and instances; at least one listener; and absolute paths. An Error
// is one line. It starts with FILE:LINE:COLUMN if it is about something that is written in a text.
Result<Config> CompleteConfig(const ConfigSources& sources);

}  // namespace zoobar
