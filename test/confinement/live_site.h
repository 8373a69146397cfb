// LiveSite: the whole site, started for a test on a free port, a free id range and a state directory of its own.
// ZOOBAR_BINARY in the environment names another executable than the build's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "options.pb.h"
#include "site/role.h"
#include "system/test_ids.h"

namespace zoobar {

class LiveSite {
 public:
  LiveSite();
  LiveSite(const LiveSite&) = delete;
  LiveSite& operator=(const LiveSite&) = delete;
  // Ends the site and removes its state.
  ~LiveSite();

  // One for all tests of this process, started when it is first asked for.
  static LiveSite& Shared();

  pid_t master() const { return master_; }
  // The role's process once it is confined; 0 and a failure when there is none within a minute.
  pid_t Pid(Role role);
  // A process of this role other than `before`: it came back.
  pid_t PidAfter(Role role, pid_t before);
  // Whether GET / is answered with a page, within a minute.
  bool Answers();
  const std::string& state() const { return state_; }
  std::string LogText(const std::string& name) const;  // "security"
  std::uint32_t id_base() const { return ids_.base(); }

 private:
  bool Begin();
  pid_t Look(Role role) const;
  int StatusOfHome() const;

  std::string state_, output_;
  pid_t master_ = 0;
  TestIds ids_;
  int port_ = 0;
};

// Asks again until it holds or a minute has passed.
bool Becomes(const std::function<bool()>& holds);

std::string FileText(const std::string& path);
// A line of /proc/PID/status without its name and blanks: "Seccomp".
std::string ProcStatus(pid_t pid, const std::string& name);

}  // namespace zoobar
