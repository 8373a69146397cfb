// LiveSite: a whole site for a test. It is the real `zoobar --role=master`, started as the operator starts it, on free
// ports, on a free range of ids and in a state directory of its own. Needs root. Nothing of it stays behind, whatever
// happens to the test.
//
//   LiveSite site;
//   ASSERT_TRUE(site.Start()) << site.Output();
//   Browser alice = site.NewMember("alice");
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ipc/fd.h"
#include "live_site/browser.h"
#include "live_site/command.h"
#include "live_site/eventually.h"
#include "live_site/processes.h"
#include "live_site/temporary_directory.h"
#include "live_site/test_ids.h"
#include "options.pb.h"

namespace zoobar {

struct RoleProcess {
  std::string name;
  pid_t pid = 0;
};

class LiveSite {
 public:
  LiveSite();
  // Kills the site and removes its state. The test fails here if a role was killed for a system call that it may not
  // make, unless `kills_expected`.
  ~LiveSite();

  // To be set before Start.
  std::vector<std::string> listens = {"127.0.0.1:0"};
  std::vector<std::string> settings = {"auth { argon2 { memory_kib: 64 passes: 1 } }"};  // cheap logins
  std::string config = std::string(ZOOBAR_SOURCE_DIR) + "/config/zoobar.textproto";
  bool kills_expected = false;
  std::string binary = ZoobarBinary();  // the program to start; Ctl executes ZoobarBinary() all the same
  // Called in the master's process before exec: sets its environment and its descriptors.
  std::function<void()> in_master = [] {};

  // Starts the master and waits until every role is ready. If the first master is gone, a second Start uses the same
  // state and ids, and other ports where port 0 was asked for. After false, Output() ends with the reason.
  bool Start();
  // The master's arguments. Another master with these arguments wants the same state and ids.
  std::vector<std::string> Arguments() const;

  pid_t master() const { return master_; }
  std::uint32_t id_base() const { return ids_.base(); }
  const std::string& state() const { return state_; }
  const std::string& scratch() const { return directory_.path(); }  // for files of the test
  // Where it listens, as STATE/listening says.
  std::vector<std::string> Addresses() const;
  Browser NewBrowser() const { return Browser(Addresses().at(0)); }
  // The browser of somebody who has just registered under this name, with kPassword. The test fails if that is refused.
  Browser NewMember(const std::string& name) const;
  // Whether the login page is shown within a minute.
  bool Answers() const;

  // The processes of its roles now, sorted by name.
  std::vector<RoleProcess> Roles() const;
  pid_t PidOf(const std::string& role) const;  // 0 if it does not run
  // Waits until the role runs in another process than `before`. False if that takes longer than a minute.
  bool Restarted(const std::string& role, pid_t before) const;
  // Waits until the role runs in another process than `before`, and has all its filters. 0 and a failure of the test
  // when that takes longer than a minute.
  pid_t ConfinedPid(Role role, pid_t before = 0) const;
  // All that the master and logger have written to stderr.
  std::string Output() const;
  // Waits until this text is in Output(). False if that takes longer than a minute.
  bool Says(std::string_view text) const;
  // The content of STATE/log/NAME.log: "security".
  std::string Log(const std::string& name) const { return ReadWhole(state_ + "/log/" + name + ".log"); }
  // Executes `zoobar ctl` on this site.
  Ended Ctl(std::vector<std::string> arguments) const;

  // Waits for the master's end. Returns its exit status, as Ended has it.
  int WaitForExit();
  // Sends SIGTERM to the master, then does what WaitForExit does.
  int Stop();
  // Kills the master and all its roles at once, and waits until none is left.
  void KillEverything();
  // The same with roles that were looked up before, so that nothing comes before the kill.
  void KillEverything(const std::vector<RoleProcess>& roles);
  // Waits until these processes are gone.
  static bool Gone(const std::vector<RoleProcess>& roles);

 private:
  enum class Outcome { kReady, kIdsHeld, kFailed };
  // What the master and logger of one start write. A separate one for each start, because the last role of a killed
  // master may still write when the next master has started.
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
