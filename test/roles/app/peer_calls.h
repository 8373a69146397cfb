// What the stand-ins for app's peers have in common.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "auth.pb.h"
#include "ipc/channel.h"

namespace zoobar {

// Records every call, and lets calls fail.
class PeerCalls {
 public:
  PeerCalls() = default;
  PeerCalls(const PeerCalls&) = delete;  // services hold its address
  PeerCalls& operator=(const PeerCalls&) = delete;

  std::vector<std::string> calls;   // "Bank.Transfer", in order
  std::set<std::string> failing;    // the methods that fail
  Cause failing_as = Cause::kGone;  // the cause of their errors

  int CountOf(const std::string& call) const { return static_cast<int>(std::count(calls.begin(), calls.end(), call)); }

 protected:
  // Records the call. Gives the error with which it is to fail, if it is.
  Error* Called(const std::string& method) {
    calls.push_back(method);
    unavailable_.cause = failing_as;
    return failing.count(method) ? &unavailable_ : nullptr;
  }

  Error unavailable_{"not running"};
};

inline Ticket TicketFor(const std::string& id) {
  Ticket ticket;
  ticket.set_body(id);
  return ticket;
}

}  // namespace zoobar
