// What the operator asks of the master by `zoobar ctl role restart`, `upgrade` and `drain`. The requests come through
// admin, which may be taken over. So nothing here can do more than make the site slower or stop it, which admin can do
// anyway, and each request leaves a log line.
#include "master/master.h"
#include "master/master_log.h"
#include "master/notify.h"

namespace zoobar {
namespace {

// Between two restarts of the same process that were asked for. Whoever asks all the time takes at most a part of the
// role's time: starting takes some tenths of a second.
constexpr Milliseconds kBetweenRestarts{10'000};
// Between the message to the callers that the role is going, and the one to the role. Each caller needs one turn of its
// loop to read it; until then it may still send calls, which the role then finishes.
constexpr Milliseconds kGoodbye{100};
// While dispatcher finishes, new connections wait. What it must finish are heads of requests, and files that are being
// sent; the connections that are at app and login live on without it.
constexpr Milliseconds kDispatcherFinishes{1000};

}  // namespace

// Returns why the process cannot be restarted now, or an empty text.
std::string Master::RestartRefused(const Instance& instance) const {
  if (stage_ != Stage::kServing) return "the site is stopping";
  if (resting_ && DrainsFirst(instance)) return "the site is draining; zoobar ctl drain --off starts this role again";
  if (instance.leaving) return "it is being restarted already";
  if (!instance.ready) return "it does not run now; the master starts it by itself";
  const std::int64_t since = (MonotonicMicros() - instance.asked_us) / 1000;
  if (instance.asked_us != 0 && since < kBetweenRestarts.count()) {
    return fmt::format("it was restarted {:.1f} s ago; at least {} s must pass between two restarts",
                       static_cast<double>(since) / 1000, kBetweenRestarts.count() / 1000);
  }
  return {};
}

void Master::RestartAsked(std::uint32_t slot) {
  if (slot >= instances_.size()) return;
  Instance& instance = *instances_[slot];
  if (const std::string refused = RestartRefused(instance); !refused.empty()) {
    log_->Info("restart-refused", {{"role", RoleName(instance.spec->role)}, {"why", refused}});
    return SendRestartEnded(slot, refused, false);
  }
  log_->Info("restarting", {{"role", RoleName(instance.spec->role)},
                            {"instance", std::to_string(instance.number)},
                            {"pid", std::to_string(instance.pid)},
                            {"by", "the operator, through admin"}});
  instance.asked_us = MonotonicMicros();
  instance.answer_due = true;
  Leave(instance);
}

// Ends the process in an orderly way: its callers hold new calls back, it finishes those in flight, and then it is
// killed. OnDeath starts the next one at once. If it does not finish within drain_seconds, it is killed anyway.
void Master::Leave(Instance& instance) {
  instance.leaving = true;
  instance.state = "stopping";
  SendRoster();
  if (instance.drained) return End(instance, "the operator asked for a restart");
  ToRole unwire;
  unwire.mutable_unwire()->set_role(instance.spec->role);
  unwire.mutable_unwire()->set_instance(instance.number);
  for (auto& other : instances_) {
    const bool wired = other->control && other->pid > 0 && other.get() != &instance;
    const bool to_logger = instance.spec->role == ROLE_LOGGER;
    if (wired && (to_logger || MayTalk(other->spec->role, instance.spec->role))) SendToRole(other->control, unwire, {});
  }
  instance.restart = std::make_unique<Timer>(loop_);
  instance.restart->Start(kGoodbye, [this, &instance] {
    ToRole drain;
    drain.mutable_drain()->set_alone(true);
    SendToRole(instance.control, drain, {});
    const Milliseconds limit = instance.spec->role == ROLE_DISPATCHER
                                   ? kDispatcherFinishes
                                   : Milliseconds(std::chrono::seconds(ground_.config.drain_seconds()));
    instance.restart->Start(
        limit, [this, &instance] { End(instance, "did not finish in time after the operator asked for a restart"); });
  });
}

// Answers admin, if it waits for this process.
void Master::TellRestartEnded(Instance& instance, const std::string& refused) {
  if (std::exchange(instance.answer_due, false)) SendRestartEnded(instance.slot, refused, !refused.empty());
}

void Master::SendRestartEnded(std::uint32_t slot, const std::string& refused, bool failed) {
  ToRole message;
  message.mutable_restart_ended()->set_slot(slot);
  message.mutable_restart_ended()->set_refused(refused);
  message.mutable_restart_ended()->set_failed(failed);
  SendToAdmin(message);
}

// ---- another program

// Whoever controls admin can only choose between programs that root has installed in the place of the master's own. The
// master itself goes on with its own until the site is started again, because it has no root any more to begin with.
void Master::TakeProgram(bool back) {
  const Result<Fd> program = stage_ != Stage::kServing ? Error{"the site is stopping"}
                             : !back                   ? OpenInstalledProgram(ground_.installed, ground_.executable)
                             : program_before_         ? Result<Fd>(program_before_.Duplicate())
                                                       : Error{"there was no other program before"};
  ToRole message;
  zoobar::ProgramTaken& taken = *message.mutable_program_taken();
  if (program.ok()) {
    program_before_ = std::move(ground_.executable);
    ground_.executable = program->Duplicate();
    number_before_ = std::exchange(program_, back ? number_before_ : ++last_program_);
    SendRoster();
  } else {
    taken.set_refused(program.error().text);
  }
  taken.set_program(program_);
  log_->Info(
      "program-taken",
      {{"by", "the operator, through admin"}, {"program", std::to_string(program_)}, {"refused", taken.refused()}});
  SendToAdmin(message);
}

// ---- taking no new connections

// The front roles finish what is in flight, as when the site stops, but they turn new connections away themselves. The
// listening sockets stay as they are: the master has no right to close one for good, or to open it again.
void Master::Rest() {
  if (stage_ != Stage::kServing || resting_) return;
  resting_ = true;
  log_->Info("draining", {{"by", "the operator, through admin"}});
  Notify(ground_.notify, "STATUS=Draining: no new connections.");
  for (auto& instance : instances_) {
    if (DrainsFirst(*instance)) SendRest(*instance);
  }
  SendRoster();
}

// Also for a front role that ends and is started again while the site drains.
void Master::SendRest(Instance& instance) {
  if (!instance.control) return;
  ToRole message;
  message.mutable_drain()->set_resting(true);
  SendToRole(instance.control, message, {});
  if (instance.ready && !instance.leaving) instance.state = "draining";
}

void Master::Resume() {
  if (stage_ != Stage::kServing || !resting_) return;
  resting_ = false;
  log_->Info("drain-ended", {{"by", "the operator, through admin"}});
  Notify(ground_.notify, "STATUS=Serving.");
  for (auto& instance : instances_) {
    if (DrainsFirst(*instance) && instance->pid > 0 && !instance->leaving) Leave(*instance);
  }
  SendRoster();
}

}  // namespace zoobar
