// A whole site: the real `zoobar --role=master` as a person starts it, on free ports, a free id range and a state
// directory of its own. Needs root. Whatever happens to the test, nothing stays behind.
//
//   LiveSite site;
//   ASSERT_TRUE(site.Start()) << site.Output();
//   Visitor alice = site.NewVisitor();
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ipc/fd.h"
#include "system/test_ids.h"
#include "system/visitor.h"

namespace zoobar {

// A program that has ended: exit status (128 + N when signal N ended it) and what it wrote to stdout and stderr.
struct Ended {
  int status = -1;
  std::string output;
};
// The zoobar under test: ZOOBAR_BINARY of the environment, else the one built beside the test.
std::string ZoobarBinary();
std::string DefaultConfig();
// Waits for its end; ends it itself after a minute.
Ended RunZoobar(const std::vector<std::string>& arguments);

// The whole file, also of /proc; empty when it cannot be read.
std::string ReadWhole(const std::string& path);
// The value of "Name:\tvalue" in /proc/PID/status, spaces as they are.
std::string StatusField(pid_t pid, std::string_view name);
bool IsAlive(pid_t pid);  // a zombie is not
// Waits until `reached`, looking every few milliseconds; false when it takes longer than `patience`.
bool Eventually(const std::function<bool()>& reached, std::chrono::milliseconds patience = std::chrono::seconds(60));

// An empty directory of mode 0700, removed with all its content.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct RoleProcess {
  std::string name;
  pid_t pid = 0;
};

class LiveSite {
 public:
  LiveSite();
  ~LiveSite();

  // Before Start.
  std::vector<std::string> listens = {"127.0.0.1:0"};
  std::vector<std::string> settings = {"auth { argon2 { memory_kib: 64 passes: 1 } }"};  // cheap logins
  std::string config = DefaultConfig();
  // In the master's process, before exec: environment, descriptors.
  std::function<void()> in_master = [] {};

  // Starts the master and waits until every role is ready. A second Start, after the first master is gone, uses the
  // same state, ids and, when asked for port 0, other ports. After false, Output() ends with why.
  bool Start();
  // The master's arguments; another master with the same ones wants the same state and ids.
  std::vector<std::string> Arguments() const;

  pid_t master() const { return master_; }
  std::uint32_t id_base() const { return ids_.base(); }
  const std::string& state() const { return state_; }
  const std::string& scratch() const { return directory_.path(); }
  // As STATE/listening has them.
  std::vector<std::string> Addresses() const;
  Visitor NewVisitor() const { return Visitor(Addresses().at(0)); }
  // Its roles' processes now, sorted by name.
  std::vector<RoleProcess> Roles() const;
  pid_t PidOf(const std::string& role) const;  // 0 if it does not run
  // All that the master and logger wrote to stderr so far.
  std::string Output() const;
  Ended Ctl(std::vector<std::string> arguments) const;

  // The master's exit status as Ended has it, waiting for it.
  int WaitForExit();
  // SIGTERM, then WaitForExit.
  int Stop();
  // SIGKILL to the master and all its roles at once, and waits until none is left.
  void KillEverything();
  // The same with roles looked up beforehand, so that nothing comes before the kill.
  void KillEverything(const std::vector<RoleProcess>& roles);
  // Waits until these are gone.
  static bool Gone(const std::vector<RoleProcess>& roles);

 private:
  enum class Outcome { kReady, kIdsHeld, kFailed };
  // What one start's master and logger write. The last role of a killed master may outlive its successor's start.
  struct Started {
    std::string text;
    bool ended = false;
    bool Says(std::string_view words) const { return text.find(words) != std::string::npos; }
  };
  Outcome TryStart();
  void ReadOutput(Fd pipe, Started& started);
  void Guard(pid_t master);

  TemporaryDirectory directory_;
  std::string state_;
  TestIds ids_;
  bool ids_chosen_ = false;
  pid_t master_ = 0, guard_ = 0;
  Fd guard_pipe_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Started> starts_;
  std::vector<std::thread> readers_;  // one for each start
};

}  // namespace zoobar
