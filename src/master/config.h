// The configuration: read, checked with positions, completed with every default.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// What came on the command line.
struct ConfigSources {
  std::string file;  // path; its text in `text` when already read (a reload reads by descriptor)
  std::string text;
  std::vector<std::string> sets;     // --set, in order
  std::vector<std::string> listens;  // --listen ADDR:PORT, [ADDR]:PORT or PORT; replaces the configured ones
  std::string state_dir;             // --state-dir
};

// The whole text of a file, an Error when it cannot be read or exceeds 1 MiB.
Result<std::string> ReadConfigFile(int directory, const std::string& name);

// Merges file, sets and options in this order, checks them and fills in what is missing: afterwards there is a row for
// the master and for every role that is built in, with uid, gid and instances, at least one listener, absolute paths.
// An error is one line that starts with FILE:LINE:COLUMN where it is about something written there.
Result<Config> CompleteConfig(const ConfigSources& sources);

}  // namespace zoobar
