// Takes the log lines of all roles, in place of logger. Lines that tell of an attack are faults here: everybody is honest.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <string_view>

#include "ipc/channel.h"
#include "logger.pb.h"
#include "simulation/judge.h"

namespace zoobar::simulation {

class LoggerStandIn {
 public:
  explicit LoggerStandIn(Judge& judge) : judge_(judge) {
    service.Handle(&LoggerStandIn::Write, this);
    service.Handle(&LoggerStandIn::Access, this);
    service.Handle(&LoggerStandIn::Money, this);
  }

  Service service;
  // The last lines, for whoever looks for the cause of a fault.
  std::deque<std::string> lines;

 private:
  static constexpr std::size_t kKept = 60;
  // What happens among honest members too, if roles end or do not answer.
  static constexpr std::array<std::string_view, 5> kHonest = {"account-closed", "profile-erased", "program-ended",
                                                              "login-failed", "login-not-judged"};

  Task<Result<Outgoing<Nothing>>> Write(Incoming<WriteRequest> call) {
    std::string line = std::string(RoleName(call.from.role)) + " " + call.message.event();
    for (const auto& field : call.message.fields()) line += " " + field.key() + "=" + field.value();
    if (call.message.security() && std::ranges::find(kHonest, call.message.event()) == kHonest.end()) {
      judge_.Fault("the security log says: {}", line);
    }
    lines.push_back(std::move(line));
    if (lines.size() > kKept) lines.pop_front();
    co_return Nothing();
  }
  Task<Result<Outgoing<Nothing>>> Access(Incoming<AccessRequest>) { co_return Nothing(); }
  Task<Result<Outgoing<Nothing>>> Money(Incoming<MoneyRequest>) { co_return Nothing(); }

  Judge& judge_;
};

}  // namespace zoobar::simulation
