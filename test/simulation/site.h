// A whole site on a simulated machine: the roles, started and connected as the master does it (src/master/master_start.cc).
// Stand-ins take the place of logger and sandbox. Roles whose work is outside of the machine (edge, keys, static, admin)
// are not there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bank.pb.h"
#include "ipc/channel.h"
#include "ipc/loop.h"
#include "master.pb.h"
#include "simulation/judge.h"
#include "simulation/logger_stand_in.h"
#include "simulation/machine.h"
#include "simulation/sandbox_stand_in.h"
#include "site/role.h"

namespace zoobar::simulation {

class SimulatedSite {
 public:
  // scratch: a real folder for the stores.
  SimulatedSite(Loop& loop, Judge& judge, Config config, std::string scratch);
  ~SimulatedSite();

  void Start();
  bool AllReady() const;
  // A random role ends as by SIGKILL, and is started again.
  void KillOne();
  // A random role does nothing for a while, as after SIGSTOP.
  void StopOne();
  // All roles end, and what was not flushed may be lost. Then they are started again.
  void CutPower();

  // Where clients connect: the name of an abstract unix socket.
  const std::string& address() const { return address_; }
  std::string FolderOf(Role role) const { return scratch_ + "/" + std::string(RoleName(role)); }
  // What admin would ask bank. nullopt: bank is not there.
  Task<std::optional<VerifyReply>> Verify();

  LoggerStandIn& log() { return log_; }
  const SandboxStandIn& sandbox() const { return sandbox_; }
  std::uint64_t kills() const { return kills_; }
  std::uint64_t stops() const { return stops_; }
  // Whether a role may end by itself: its disk has failed.
  bool disk_may_end_roles = false;

 private:
  struct Instance {
    const RoleSpec* spec = nullptr;
    std::uint32_t number = 0, slot = 0;
    Process* process = nullptr;
    Fd control;
    std::unique_ptr<Watch> states;
    std::unique_ptr<Timer> restart;
    bool ready = false;
    // The stand-ins' channels to it, by the stand-in's role.
    std::map<Role, std::shared_ptr<Channel>> channels;
  };

  void Launch(Instance& instance);
  void SendStart(Instance& instance);
  void WirePeers(Instance& instance);
  void WireStandIn(Instance& instance, Role role, const Service* service);
  static void WireTo(Instance& to, Role role, std::uint32_t number, std::uint32_t slot, int channel);
  void ReadStates(Instance& instance);
  void Ended(Instance& instance);
  Instance& RandomInstance();

  Loop& loop_;
  Judge& judge_;
  Config config_;
  const std::string scratch_;
  std::string address_;
  Fd listener_;
  std::map<Role, Bytes> ticket_keys_;
  LoggerStandIn log_;
  SandboxStandIn sandbox_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::uint64_t kills_ = 0, stops_ = 0;
};

}  // namespace zoobar::simulation
