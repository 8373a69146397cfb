// What admin asks of the master for the operator: restarting a role's process, another
// program, and taking no new connections.
#include <utility>

#include "ipc/try.h"
#include "profile.pb.h"
#include "roles/admin.h"
#include "roles/admin/certificates.h"

namespace zoobar {

Task<Result<Outgoing<RestartRoleReply>>> Admin::CarryOutRestart(Incoming<RestartRoleRequest> call) {
  const RestartRoleRequest& asked = call.message;
  const Roster::Entry* found = nullptr;
  for (const Roster::Entry& entry : roster_.entries()) {
    if (entry.role() == asked.role() && entry.instance() == asked.instance()) found = &entry;
  }
  RestartRoleReply reply;
  if (!found || asked.role() == ROLE_MASTER) {
    reply.set_refused("there is no such process that could be restarted");
    co_return reply;
  }
  const std::uint32_t slot = found->slot();
  site_.log().Info("control-restart", {{"uid", connections_.UidOf(call.from)},
                                       {"role", RoleName(asked.role())},
                                       {"instance", std::to_string(asked.instance())}});
  // One call waits for each process; the master refuses the second one anyway.
  if (const auto pending = restarts_.find(slot);
      pending != restarts_.end() && pending->second.deadline > MonotonicMicros()) {
    reply.set_refused("it is being restarted already");
    co_return reply;
  }
  const std::int64_t began = MonotonicMicros();
  const auto waiter = std::make_shared<Promised<zoobar::RestartEnded>>();
  restarts_[slot] = {waiter, call.deadline};
  site_.TellRestart(slot);
  Promised<zoobar::RestartEnded>& answer = *waiter;
  const zoobar::RestartEnded ended = co_await answer;
  reply.set_refused(AsAscii(ended.refused()));
  reply.set_failed(ended.failed());
  reply.set_millis((MonotonicMicros() - began) / 1000);
  co_return reply;
}

void Admin::RestartEnded(const zoobar::RestartEnded& ended) {
  if (auto pending = restarts_.extract(ended.slot())) pending.mapped().waiter->Set(ended);
}

Task<Result<Outgoing<UpgradeReply>>> Admin::CarryOutUpgrade(Incoming<UpgradeRequest> call) {
  const bool back = call.message.back();
  site_.log().Info(back ? "control-upgrade-back" : "control-upgrade", {{"uid", connections_.UidOf(call.from)}});
  const auto waiter = std::make_shared<Promised<zoobar::ProgramTaken>>();
  upgrades_.push_back(waiter);
  site_.Tell(back ? StateByte::kGoBack : StateByte::kUpgrade);
  Promised<zoobar::ProgramTaken>& answer = *waiter;
  const zoobar::ProgramTaken taken = co_await answer;
  UpgradeReply reply;
  reply.set_refused(AsAscii(taken.refused()));
  reply.set_program(taken.program());
  co_return reply;
}

void Admin::ProgramTaken(const zoobar::ProgramTaken& taken) {
  for (const auto& waiter : std::exchange(upgrades_, {})) waiter->Set(taken);
}

Task<Result<Outgoing<DrainReply>>> Admin::CarryOutDrain(Incoming<DrainRequest> call) {
  const bool off = call.message.off();
  site_.log().Info(off ? "control-drain-off" : "control-drain", {{"uid", connections_.UidOf(call.from)}});
  site_.Tell(off ? StateByte::kResume : StateByte::kRest);
  DrainReply reply;
  co_return reply;
}

Task<Result<Outgoing<DescribeReply>>> Admin::ShowProfile(Incoming<ShowProfileRequest> call) {
  if (!connections_.Admitted(call.from, "ShowProfile")) co_return kNotAdmitted;
  CO_TRY(Incoming<DescribeReply> described, site_.peer(ROLE_PROFILE).Call<DescribeReply>(call.message.profile()));
  co_return std::move(described.message);
}

}  // namespace zoobar
