// `zoobar doctor`: what this machine can enforce, layer by layer. It finds out by trying. Each probe is made in a child
// process of its own, and leaves nothing behind but the lock file of the ids.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "master/config.h"
#include "site/rows.h"

namespace zoobar {

enum class Verdict {
  kOk,
  kLimited,  // the site can start, but it is weaker or smaller than it could be
  kMissing,  // the site cannot start
};

// The result for one layer. It is printed as one line.
struct Finding {
  std::string layer;
  Verdict verdict = Verdict::kOk;
  std::string found;    // "Landlock ABI 7"
  std::string matters;  // what the layer is for
  std::string remedy;   // how to fix it; not shown when the verdict is kOk
};

struct DoctorOptions {
  ConfigSources sources;                      // those that the master would get
  std::string executable = "/proc/self/exe";  // the execveat probe starts it with the argument "version"
};

// Prints the findings and a conclusion. Returns the exit status. 0: a site with this configuration can start, or
// already runs on this state directory. 1: it cannot start. 2: the configuration is wrong.
int Diagnose(const DoctorOptions& options, std::ostream& out);

void PrintFindings(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace zoobar
