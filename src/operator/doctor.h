// `zoobar doctor` checks which layers of protection this machine can enforce. It tries each layer. A probe that would
// change the process is made in a child process. Only the lock file of the ids is left behind.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "config/config.h"
#include "site/rows.h"

namespace zoobar {

enum class Verdict {
  kOk,
  kLimited,  // the site can start, but with less protection or less room than on a better machine
  kMissing,  // the site cannot start
};

// The result for one layer. It is printed as one line.
struct Finding {
  std::string layer;
  Verdict verdict = Verdict::kOk;
  std::string found;    // what the probe found, as in "ABI 7"
  std::string matters;  // what the layer is for
  std::string remedy;   // how to fix it; not shown when the verdict is kOk
};

struct DoctorOptions {
  ConfigSources sources;                      // the file and the options that the master would be started with
  std::string executable = "/proc/self/exe";  // the execveat probe starts it with the argument "version"
};

// Prints the findings and a conclusion. Returns the exit status. 0: a site with this configuration can start, or a site
// already runs on this state directory. 1: the site cannot start. 2: the configuration is wrong.
int Diagnose(const DoctorOptions& options, std::ostream& out);

void PrintFindings(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace zoobar
