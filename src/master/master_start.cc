// Starts a role: creates its process, sends its Start message, and connects it to the roles that it may talk to.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "confine/unconfined.h"
#include "ipc/try.h"
#include "master/master.h"
#include "master/master_log.h"
#include "site/contract.h"

namespace zoobar {
namespace {

constexpr Milliseconds kStartPatience{10000};
constexpr Milliseconds kLongPatience{120000};  // under valgrind
constexpr std::uint32_t kMasterSlot = 127;

// Creates two connected sockets, both close-on-exec. Returns false if this fails.
bool MakePair(int type, Fd& a, Fd& b) {
  int pair[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0) return false;
  a = Fd(pair[0]);
  b = Fd(pair[1]);
  return true;
}

void WipeKeys(zoobar::Start& start) {
  for (auto& key : *start.mutable_keys()) sodium_memzero(key.mutable_key()->data(), key.key().size());
  for (auto& seal : *start.mutable_seals()) sodium_memzero(seal.mutable_key()->data(), seal.key().size());
}

// Each listening socket goes to the role that accepts its connections. The name has the number of the row among `listen`
// whose settings count, or else a number that is no row's.
template <typename Pass>
void PassListeners(const Ground& ground, Role role, const Pass& pass) {
  for (std::size_t i = 0; i < ground.listeners.size(); ++i) {
    const Ground::Listener& listener = ground.listeners[i];
    const std::string number = listener.row >= 0 ? std::to_string(listener.row) : fmt::format("x{}", i);
    if (listener.tls == (role == ROLE_EDGE)) pass("listener." + number, listener.socket.get());
  }
}

}  // namespace

Status Master::TryStart(Instance& instance) {
  instance.restart.reset();
  instance.ready = instance.drained = false;
  instance.ending.clear();
  instance.state = "starting";
  Fd control;
  if (!MakePair(SOCK_SEQPACKET, instance.control, control)) return Error::FromErrno("socketpair");
  int errors[2];
  if (pipe2(errors, O_CLOEXEC | O_NONBLOCK) != 0) return Error::FromErrno("pipe");
  instance.stderr_read = Fd(errors[0]);
  const Fd stderr_write(errors[1]);

  TRY(SpawnPlan plan, PlanStart(ground_, *instance.spec, *instance.row));
  plan.standard_error = stderr_write.get();
  plan.control = control.get();
  TRY(Spawned spawned, Spawn(plan));
  instance.pid = spawned.pid;
  instance.program = program_;
  instance.pidfd = std::move(spawned.pidfd);
  instance.started_us = MonotonicMicros();
  instance.started_ms = WallMillis();
  ++instance.starts;
  instance.death = std::make_unique<Watch>(loop_, instance.pidfd.get(), [this, &instance](int) { OnDeath(instance); });
  instance.death->Set(UV_READABLE);
  instance.states =
      std::make_unique<Watch>(loop_, instance.control.get(), [this, &instance](int) { ReadStates(instance); });
  instance.states->Set(UV_READABLE);
  instance.restart = std::make_unique<Timer>(loop_);
  const Milliseconds patience = Unconfined().empty() ? kStartPatience : kLongPatience;
  instance.restart->Start(patience, [this, &instance, patience] {
    log_->Failure("start-hangs", {{"role", RoleName(instance.spec->role)}});
    End(instance, fmt::format("was not ready after {} s", patience.count() / 1000));
  });
  if (!SendStart(instance)) {
    End(instance, "its Start message could not be sent");
    return {};
  }
  WirePeers(instance);
  if (resting_ && DrainsFirst(instance)) SendRest(instance);
  SendRoster();
  return {};
}

bool Master::SendStart(Instance& instance) {
  const Role role = instance.spec->role;
  ToRole message;
  zoobar::Start& start = *message.mutable_start();
  start.set_role(role);
  start.set_instance(instance.number);
  *start.mutable_config() = ground_.config;
  start.set_trace_calls(trace_calls_);
  start.set_version(version_);
  start.set_contract(std::string(View(ContractOf(*instance.spec))));
  for (const auto& [audience, key] : ticket_keys_) {
    if (role != ROLE_AUTH && role != audience) continue;
    auto* shared = start.add_keys();
    shared->set_audience(audience);
    shared->set_key(key.data(), key.size());
  }
  std::vector<int> fds;
  std::vector<Fd> owned;
  const auto pass = [&](std::string name, int fd) {
    start.add_passed(std::move(name));
    fds.push_back(fd);
  };
  if (role == ROLE_DISPATCHER || role == ROLE_EDGE) PassListeners(ground_, role, pass);
  if (const auto own = ground_.own.find(role); own != ground_.own.end())
    pass(fmt::format("listener.{}", RoleName(role)), own->second.socket.get());
  if (role == ROLE_KEYS) {
    for (std::size_t i = 0; i < ground_.certificates.size(); ++i) {
      pass(fmt::format("tls.{}.certificate", i), ground_.certificates[i].certificate.get());
      pass(fmt::format("tls.{}.key", i), ground_.certificates[i].key.get());
    }
  }
  if (role == ROLE_AUTH || role == ROLE_BANK || role == ROLE_PROFILE) start.set_operator_key(ground_.operator_key);
  if (role == ROLE_ADMIN) {
    start.set_operator_hash(ground_.operator_hash);
    pass("control-listener", ground_.control_listener.get());
  }
  if (role == ROLE_LOGGER) {
    for (const std::string_view file : kLogFiles) {
      owned.push_back(log_files_.Open(file));
      if (owned.back()) pass(fmt::format("log.{}", file), owned.back().get());
    }
    pass("stderr", STDERR_FILENO);
    audit_.BeginEpochs(start);
  }
  const bool sent = SendToRole(instance.control, message, fds);
  WipeKeys(start);
  return sent;
}

// A role that does not take what it must know would go on without it, so it is started again. Its socket has room for two
// messages with the largest configuration, and for dozens of others. A role that has just ended is started again anyway.
bool Master::Tell(Instance& instance, const ToRole& message, const std::vector<int>& fds) {
  if (SendToRole(instance.control, message, fds)) return true;
  if (errno != EPIPE && errno != ECONNRESET)
    End(instance, fmt::format("it did not take a message of the master: {}", std::strerror(errno)));
  return false;
}

void Master::WirePeers(Instance& fresh) {
  for (auto& other : instances_) {
    if (other.get() == &fresh || !other->control || other->pid < 0) continue;
    const bool to_logger = other->spec->role == ROLE_LOGGER || fresh.spec->role == ROLE_LOGGER;
    if (!to_logger && !MayTalk(fresh.spec->role, other->spec->role)) continue;
    Fd ours, theirs;
    if (!MakePair(SOCK_STREAM, ours, theirs) || !WireTo(fresh, *other, ours.get()) ||
        !WireTo(*other, fresh, theirs.get())) {
      log_->Failure("wire-failed", {{"role", RoleName(fresh.spec->role)}, {"peer", RoleName(other->spec->role)}});
    }
  }
  if (fresh.spec->role == ROLE_LOGGER) WireMasterTo(fresh);
}

bool Master::WireTo(Instance& to, const Instance& peer, int channel) {
  ToRole message;
  zoobar::Wire& wire = *message.mutable_wire();
  wire.set_role(peer.spec->role);
  wire.set_instance(peer.number);
  wire.set_slot(peer.slot);
  wire.set_pid(peer.pid);
  std::vector<int> fds = {channel};
  if (to.spec->role == ROLE_LOGGER) fds.push_back(peer.stderr_read.get());
  return Tell(to, message, fds);
}

void Master::WireMasterTo(Instance& logger) {
  Fd ours, theirs;
  if (!MakePair(SOCK_STREAM, ours, theirs)) return;
  ToRole message;
  zoobar::Wire& wire = *message.mutable_wire();
  wire.set_role(ROLE_MASTER);
  wire.set_slot(kMasterSlot);
  wire.set_pid(getpid());
  if (!Tell(logger, message, {theirs.get()})) return;
  log_->Wire(std::move(ours));
}

}  // namespace zoobar
