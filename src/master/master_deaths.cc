// Handles the ends of roles. A role's process may end by itself, or the master kills it because a peer accused it. Then
// the master writes log lines and restarts the role after a delay.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "confine/must_confine.h"
#include "master/master.h"
#include "master/master_log.h"
#include "master/notify.h"
#include "site/contract.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr Milliseconds kEndAgain{100};

std::string HowItDied(int code, int status) {
  if (code == CLD_EXITED && status == kOtherContractStatus)
    return "its program has another contract than the master's; the site must be restarted";
  if (code == CLD_EXITED && status == kNotConfined) return "it could not be confined";
  if (code == CLD_EXITED) return fmt::format("exit status {}", status);
  if (status == SIGSYS) return "a system call that its filter does not allow (SIGSYS)";
  return fmt::format("signal {}", status);
}

// Returns why a process has ended that read nothing from outside: what it wrote to stderr at the end (Die), or what the
// dynamic loader did.
std::string LastWords(const Fd& stderr_read) {
  constexpr std::string_view kBegin = "zoobar: fatal: ";
  char bytes[1024];
  const ssize_t count = read(stderr_read.get(), bytes, sizeof bytes);
  std::string_view text(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return "its line with the event `stderr` says why";  // logger has taken it from the pipe
  const std::size_t begin = text.rfind(kBegin);
  text.remove_prefix(begin == text.npos ? text.rfind('\n') + 1 : begin + kBegin.size());
  return Printable(text.substr(0, text.find('\n')));
}

}  // namespace

// A role reports that a peer broke the protocol. Kills the process of this peer, the accused role; a new one is started
// later. slot: the number of the accused role's instance.
void Master::Accuse(Instance& accuser, std::uint32_t slot) {
  if (slot >= instances_.size() || stage_ != Stage::kServing) return;
  Instance& accused = *instances_[slot];
  if (const auto left_out = accused.accusations_told.Due(MonotonicMicros())) {
    log_->Security("accused", {{"role", RoleName(accused.spec->role)},
                               {"by", RoleName(accuser.spec->role)},
                               {"others_not_told", std::to_string(*left_out)}});
  }
  End(accused, "accused by " + std::string(RoleName(accuser.spec->role)));
}

void Master::End(Instance& instance, std::string why) {
  if (!instance.pidfd) return;
  if (instance.ending.empty()) instance.ending = std::move(why);
  if (EndProcess(instance.pidfd, instance.row->uid(), instance.row->gid())) return;
  // The process that sends the signal could not be made.
  instance.end_again = std::make_unique<Timer>(loop_);
  instance.end_again->Start(kEndAgain, [this, &instance] { End(instance, {}); });
}

void Master::OnDeath(Instance& instance) {
  siginfo_t info{};
  if (!instance.pidfd || waitid(P_PIDFD, static_cast<id_t>(instance.pidfd.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return;
  if (instance.states) ReadStates(instance);  // it may have sent bytes before it ended, such as kReady or an accusation
  const std::string how = HowItDied(info.si_code, info.si_status);
  instance.last_end = instance.ending.empty() ? how : instance.ending;
  const bool left = std::exchange(instance.leaving, false);
  if (stage_ == Stage::kServing && !left) TellDeath(instance, how);
  const bool confined = info.si_code != CLD_EXITED || info.si_status != kNotConfined;
  if (!confined && !announced_ && stage_ == Stage::kServing)
    GiveUpStart(instance, "could not be confined: " + LastWords(instance.stderr_read));
  const bool silent = instance.spec->role == ROLE_LOGGER && !announced_;
  const std::string words = silent ? LastWords(instance.stderr_read) : std::string();
  instance.death.reset();
  instance.states.reset();
  instance.end_again.reset();
  instance.pidfd.Close();
  instance.control.Close();
  instance.stderr_read.Close();
  instance.pid = -1;
  const bool was_ready = std::exchange(instance.ready, false);
  instance.drained = true;
  if (stage_ != Stage::kServing) return ContinueShutdown();
  if (!left) ScheduleRestart(instance, was_ready);
  // Without logger nobody would learn why the site does not start.
  if (silent && instance.policy.degraded()) return GiveUpStart(instance, "ends again and again: " + how + ": " + words);
  if (!left) return;
  instance.restart = std::make_unique<Timer>(loop_);
  instance.restart->Start(Milliseconds(0), [this, &instance] { Start(instance); });
}

// A role could not be confined, or its process could not be made, while the site starts. What was refused would be refused
// again, so the site stops, and the operator learns why. Later the same failure is a reason for a restart, as any other end.
void Master::GiveUpStart(const Instance& instance, const std::string& why) {
  start_refused_ =
      fmt::format("{} {}. `zoobar doctor` says what this machine refuses", RoleName(instance.spec->role), why);
  Notify(ground_.notify, "STATUS=Cannot start: " + start_refused_);
  BeginShutdown();
}

// Logs the death of a role. If the role is degraded, most of its deaths are not logged one by one, because its log line
// `role-degraded` already tells the operator that it ends again and again.
void Master::TellDeath(Instance& instance, const std::string& how) {
  const std::int64_t now = MonotonicMicros();
  const auto left_out = instance.policy.degraded() ? instance.deaths_told.Due(now) : std::optional<std::uint32_t>(0);
  if (!left_out) return;
  log_->Warning("died", {{"role", RoleName(instance.spec->role)},
                         {"pid", std::to_string(instance.pid)},
                         {"how", how},
                         {"lived_ms", std::to_string((now - instance.started_us) / 1000)},
                         {"others_not_told", std::to_string(*left_out)}});
}

void Master::ScheduleRestart(Instance& instance, bool was_ready) {
  const bool was_degraded = instance.policy.degraded();
  const Milliseconds delay = instance.policy.Ended(MonotonicMicros(), was_ready);
  instance.state = "waiting to restart";
  TellRestartEnded(instance, "its new process ended before it was ready: " + instance.last_end);
  instance.restart = std::make_unique<Timer>(loop_);
  instance.restart->Start(delay, [this, &instance] { Start(instance); });
  SendRoster();
  if (!instance.policy.degraded()) return;
  WaitForRecovery(instance);
  if (!was_degraded) {
    log_->Security("role-degraded", {{"role", RoleName(instance.spec->role)},
                                     {"ends", std::to_string(instance.policy.ends())},
                                     {"within_seconds", std::to_string(RestartPolicy::kWindow.count() / 1000)},
                                     {"last", instance.last_end}});
  }
  NotifyStatus();
}

void Master::WaitForRecovery(Instance& instance) {
  instance.recovery = std::make_unique<Timer>(loop_);
  instance.recovery->Start(RestartPolicy::kWindow, [this, &instance] { Recover(instance); });
}

void Master::Recover(Instance& instance) {
  // The role is not recovered yet if it is still starting. The policy also refuses if this timer fired a little early.
  if (!instance.ready || !instance.policy.Recover(MonotonicMicros())) return WaitForRecovery(instance);
  log_->Security("role-recovered", {{"role", RoleName(instance.spec->role)},
                                    {"starts", std::to_string(instance.starts)},
                                    {"last", instance.last_end}});
  SendRoster();
  NotifyStatus();
}

// Sends the service manager one line that lists the degraded roles. `systemctl status` shows it.
void Master::NotifyStatus() {
  std::string degraded;
  for (const auto& instance : instances_) {
    if (!instance->policy.degraded()) continue;
    degraded +=
        fmt::format("{}{} ({})", degraded.empty() ? "" : ", ", RoleName(instance->spec->role), instance->last_end);
  }
  if (degraded == status_told_) return;
  status_told_ = degraded;
  Notify(ground_.notify, degraded.empty() ? "STATUS=Serving." : "STATUS=Degraded: " + degraded);
}

// Reaps orphans if the master is process 1 of a container. The kernel gives these processes to process 1, although it
// did not start them. Roles that have ended are reaped through their pidfds.
void Master::Reap() {
  if (getpid() != 1) return;
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    const auto role =
        std::find_if(instances_.begin(), instances_.end(), [&](const auto& each) { return each->pid == info.si_pid; });
    if (role != instances_.end()) {
      OnDeath(**role);
    } else {
      waitpid(info.si_pid, nullptr, WNOHANG);
    }
  }
}

}  // namespace zoobar
