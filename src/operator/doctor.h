// `zoobar doctor`: what this machine can enforce, layer by layer, found out by trying. Each probe runs in a child of
// its own and leaves nothing behind but the lock file of the ids.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "master/config.h"
#include "site/rows.h"

namespace zoobar {

enum class Verdict {
  kOk,
  kLimited,  // the site starts and is weaker, or smaller, than it could be
  kMissing,  // the site does not start
};

// One layer, one line.
struct Finding {
  std::string layer;
  Verdict verdict = Verdict::kOk;
  std::string found;    // "Landlock ABI 7"
  std::string matters;  // what it is for
  std::string remedy;   // how to get it; shown unless kOk
};

struct DoctorOptions {
  ConfigSources sources;                      // as for the master
  std::string executable = "/proc/self/exe";  // what the execveat probe starts, with the argument "version"
};

// Prints the findings and what they come to. The exit status: 0 when this configuration would start (or runs already,
// under this state directory), else 1; 2 for a wrong configuration.
int RunDoctor(const DoctorOptions& options, std::ostream& out);

void PrintFindings(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace zoobar
