// Runs the members' programs, in place of sandbox. A program is not Python here: it counts its visits in a file, says
// whose it is, and may pay its visitor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "ipc/channel.h"
#include "ipc/loop.h"
#include "sandbox.pb.h"
#include "simulation/judge.h"

namespace zoobar::simulation {

// The source of a program of this member. `pays`: it pays one zoobar to each visitor.
std::string ProgramOf(std::string_view member, bool pays);

class SandboxStandIn {
 public:
  SandboxStandIn(Loop& loop, Judge& judge);

  Service service;
  std::uint64_t runs = 0;  // that have begun, without the canaries

 private:
  struct Run {
    Fd socket, output, errors;
    bool asked_to_end = false;
  };

  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest> call);
  Task<Result<Outgoing<WaitReply>>> Wait(Incoming<WaitRequest> call);
  Task<Result<Outgoing<Nothing>>> End(Incoming<EndRequest> call);
  // Does what the program says. Returns the files that it leaves.
  Task<ProgramFiles> Execute(std::uint64_t run, Program program);
  Task<std::string> Ask(std::uint64_t run, std::string request);
  Task<std::string> ReadFrame(std::uint64_t run);
  void WriteFrame(std::uint64_t run, std::string_view body);

  Loop& loop_;
  Judge& judge_;
  std::map<std::uint64_t, Run> runs_;
  std::uint64_t last_ = 0;
};

}  // namespace zoobar::simulation
