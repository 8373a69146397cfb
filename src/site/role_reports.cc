#include "site/role_reports.h"

#include <algorithm>
#include <cstdlib>

namespace zoobar {
namespace {

constexpr Milliseconds kRoundPatience{2000};     // longer than the deadline of Health.Report
constexpr std::int64_t kSameStartMillis = 2000;  // times of starts that differ by less are the same start

}  // namespace

RoleReports::RoleReports(Site& site, Role own) : site_(site) {
  for (const Config::RoleConfig& row : site.config().role()) {
    const Role role = RoleByName(row.name());
    if (role == ROLE_MASTER || role == own) continue;
    for (std::uint32_t instance = 0; instance < row.instances(); ++instance) processes_[{role, instance}];
  }
}

void RoleReports::PeerWired(Role role, std::uint32_t instance) {
  if (const auto found = processes_.find({role, instance}); found != processes_.end()) ++found->second.times_wired;
}

bool RoleReports::Answers(Role role) const {
  return std::ranges::any_of(processes_,
                             [role](const auto& each) { return each.first.first == role && each.second.answers; });
}

Task<void> RoleReports::Ask() {
  const std::int64_t fresh = std::chrono::microseconds(kFresh).count();
  if (pending_ == 0) {
    if (asked_us_ != 0 && MonotonicMicros() - asked_us_ < fresh) co_return;
    pending_ = 1;  // this function itself
    for (auto& [process, known] : processes_) {
      std::shared_ptr<Channel> channel = site_.peer(process.first).Instance(process.second);
      known.answers = false;
      if (!channel) continue;
      ++pending_;
      Spawn(AskOne(process, std::move(channel)));
    }
    --pending_;
  }
  if (pending_ > 0) {
    auto waiting = round_.Wait(site_.loop(), kRoundPatience);
    co_await waiting;
  }
  asked_us_ = MonotonicMicros();
}

Task<void> RoleReports::AskOne(Process process, std::shared_ptr<Channel> channel) {
  ReportRequest request;
  auto call = channel->Call<ReportReply>(request);
  Result<Incoming<ReportReply>> reply = co_await call;
  if (reply.ok()) Take(process, std::move(reply->message));
  if (--pending_ == 0) round_.WakeAll();
}

void RoleReports::Take(const Process& process, ReportReply report) {
  Known& known = processes_[process];
  const std::int64_t started = WallMillis() - report.uptime_ms();
  if (std::abs(started - known.started_ms) >= kSameStartMillis) known.started_ms = started;
  known.answers = true;
  known.answered_us = MonotonicMicros();
  known.report = std::move(report);
}

}  // namespace zoobar
