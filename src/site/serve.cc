#include "site/serve.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "confine/must_confine.h"
#include "confine/unconfined.h"
#include "health.pb.h"
#include "ipc/libuv_version.h"
#include "ipc/remote_log.h"
#include "site/contract.h"
#include "site/control.h"
#include "site/request_figures.h"
#include "store/environment.h"

namespace zoobar {
namespace {

constexpr std::int64_t kSendingMicros =
    200'000;                                // how long the last frames may take to be sent; the master waits for it
constexpr Milliseconds kLongestHold{1000};  // of a role's store; a backup needs a few milliseconds

// The runtime of one role's process. It is the Site of the role, and it reads the master's messages.
class Runtime : public Site {
 public:
  Runtime(const RoleSpec& spec, JailKind kind, Fd control, Fd prepared)
      : spec_(spec), kind_(kind), control_(std::move(control)), watch_(loop_, control_.get(), [this](int) { Read(); }) {
    if (prepared) passed_.emplace("prepared", std::move(prepared));
    service_.Handle(&Runtime::Report, this);
    service_.Handle(&Runtime::HoldStore, this);
    service_.Handle(&Runtime::ReleaseStore, this);
    watch_.Set(UV_READABLE);
  }

  int Serve() {
    loop_.Run();
    return exit_status_;
  }

  Loop& loop() override { return loop_; }
  Log& log() override { return *log_; }
  const Config& config() const override { return config_; }
  std::uint32_t instance() const override { return instance_; }
  Service& service() override { return service_; }
  std::string folder(Folder folder) const override { return FolderPath(kind_, folder); }
  const std::string& operator_hash() const override { return operator_hash_; }
  const std::string& operator_key() const override { return operator_key_; }
  const std::string& version() const override { return version_; }

  Peer& peer(Role role) override {
    auto& peer = peers_[role];
    if (!peer) peer = std::make_unique<Peer>(loop_, role);
    return *peer;
  }
  Fd TakePassed(std::string_view name) override {
    const auto found = passed_.find(name);
    if (found == passed_.end()) return Fd();
    Fd fd = std::move(found->second);
    passed_.erase(found);
    return fd;
  }
  std::vector<std::string> PassedNames() const override {
    std::vector<std::string> names;
    for (const auto& [name, fd] : passed_) names.push_back(name);
    return names;
  }
  const Bytes& TicketKeyFor(Role audience) const override {
    static const Bytes none;
    const auto found = keys_.find(audience);
    return found == keys_.end() ? none : found->second;
  }
  std::vector<SealStart> TakeSeals() override { return std::exchange(seals_, {}); }
  void Tell(StateByte state) override { TellByte(static_cast<std::uint8_t>(state)); }
  void TellRestart(std::uint32_t slot) override {
    const std::uint8_t bytes[] = {static_cast<std::uint8_t>(StateByte::kRestart), static_cast<std::uint8_t>(slot)};
    [[maybe_unused]] ssize_t sent = write(control_.get(), bytes, sizeof bytes);
  }
  void Count(std::string name, std::function<std::int64_t()> value) override {
    counters_.emplace_back(std::move(name), std::move(value));
  }
  void SetRequests(const RequestFigures& figures) override { requests_ = &figures; }
  void SetStore(Environment& store) override { store_ = &store; }

  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) {
    ReportReply report;
    report.set_uptime_ms((MonotonicMicros() - started_) / 1000);
    const auto add = [&report](std::string name, std::int64_t value) {
      auto* counter = report.add_counters();
      counter->set_name(std::move(name));
      counter->set_value(value);
    };
    for (const auto& [name, value] : counters_) add(name, value());
    if (requests_) requests_->Report(report);
    for (const auto& [call, count] : calls_) {
      add(fmt::format("calls.{}.{}", RoleName(call.first), call.second->name()), count);
    }
    for (const auto& [call, count] : late_) {
      add(fmt::format("late.{}.{}", RoleName(call.first), call.second->name()), count);
    }
    co_return report;
  }

  Task<Result<Outgoing<HoldStoreReply>>> HoldStore(Incoming<HoldStoreRequest>) {
    HoldStoreReply reply;
    if (store_) {
      auto hold = store_->Hold(kLongestHold);
      const std::uint64_t number = co_await hold;
      reply.set_hold(number);
    }
    co_return reply;
  }

  Task<Result<Outgoing<ReleaseStoreReply>>> ReleaseStore(Incoming<ReleaseStoreRequest> call) {
    ReleaseStoreReply reply;
    reply.set_unbroken(store_ && store_->Release(call.message.hold()));
    co_return reply;
  }

 private:
  void TellByte(std::uint8_t byte) {
    // If the socket is full, the master does not read, and the byte is lost. The master still notices when this process
    // ends.
    [[maybe_unused]] ssize_t sent = write(control_.get(), &byte, 1);
  }

  void Read() {
    for (int i = 0; i < 32; ++i) {
      Result<std::optional<FromMaster>> next = ReceiveFromMaster(control_);
      if (!next.ok()) return Leave(0);
      if (!next->has_value()) return;
      Take(std::move((*next)->message), std::move((*next)->fds));
    }
  }

  void Take(ToRole message, std::vector<Fd> fds) {
    switch (message.what_case()) {
      case ToRole::kStart:
        return Start(*message.mutable_start(), std::move(fds));
      case ToRole::kWire:
        return Wire(message.wire(), std::move(fds));
      case ToRole::kDrain:
        if (message.drain().resting() && !draining_) body_->Rest();
        if (message.drain().alone() && !draining_) body_->Leave();
        return Drain();
      case ToRole::kReload:
        config_ = message.reload().config();
        log_->SetLevel(config_.log_level());
        return body_->Reload(config_);
      case ToRole::kLogFile:
        if (!fds.empty()) body_->NewFile(message.log_file().name(), std::move(fds[0]));
        return;
      case ToRole::kRoster:
        return body_->RosterChanged(message.roster());
      case ToRole::kReloadEnded:
        return body_->ReloadEnded(message.reload_ended());
      case ToRole::kUnwire:
        return peer(message.unwire().role()).Retire(message.unwire().instance());
      case ToRole::kRestartEnded:
        return body_->RestartEnded(message.restart_ended());
      case ToRole::kProgramTaken:
        return body_->ProgramTaken(message.program_taken());
      case ToRole::WHAT_NOT_SET:
        return;
    }
  }

  void Start(zoobar::Start& start, std::vector<Fd> fds) {
    if (body_) Die("started twice");
    if (start.contract() != View(ContractOf(spec_))) {
      fmt::print(stderr, "zoobar: {}: this program has another contract than the master's; restart the site\n",
                 RoleName(spec_.role));
      Leave(kOtherContractStatus);
    }
    config_ = start.config();
    instance_ = start.instance();
    version_ = start.version();
    operator_hash_ = start.operator_hash();
    operator_key_ = start.operator_key();
    trace_calls_ = start.trace_calls();
    for (int i = 0; i < start.passed_size() && static_cast<std::size_t>(i) < fds.size(); ++i) {
      passed_.emplace(start.passed(i), std::move(fds[static_cast<std::size_t>(i)]));
    }
    for (auto& key : *start.mutable_keys()) {
      keys_[key.audience()] = ToBytes(key.key());
      sodium_memzero(key.mutable_key()->data(), key.key().size());
    }
    for (auto& seal : *start.mutable_seals()) {
      seals_.push_back({seal.log(), seal.start(), seal.epoch(), ToBytes(seal.key()), seal.found(), seal.found_mac(),
                        seal.noted(), seal.torn()});
      sodium_memzero(seal.mutable_key()->data(), seal.key().size());
    }
    log_ = std::make_unique<RemoteLog>(loop_, [this] { return peer(ROLE_LOGGER).Next(); }, config_.log_level());
    body_ = spec_.make(*this);
    if (const auto missing = service_.Missing(spec_.role); !missing.empty()) Die("no handler for {}", missing.front());
    Tell(StateByte::kReady);
  }

  void Wire(const zoobar::Wire& wire, std::vector<Fd> fds) {
    if (!body_ || fds.empty()) Die("wired before the start");
    const Role role = wire.role();
    const std::uint32_t instance = wire.instance(), slot = wire.slot();
    Channel::Events events;
    events.on_error = [this, role](const std::string& what) {
      log_->Failure("call-failed", {{"peer", RoleName(role)}, {"why", what}});
    };
    events.on_misbehaviour = [this, role, instance, slot](const std::string& how) {
      log_->Security("peer-misbehaved", {{"peer", RoleName(role)}, {"how", how}});
      TellByte(static_cast<std::uint8_t>(StateByte::kAccuse) | static_cast<std::uint8_t>(slot));
      Lose(role, instance);
    };
    events.on_closed = [this, role, instance] { Lose(role, instance); };
    events.on_call = [this, role](const Method& method) {
      ++calls_[{role, &method}];
      if (trace_calls_) log_->Info("call", {{"from", RoleName(role)}, {"method", method.name()}});
    };
    events.on_traced = [this, role](const Method& method, std::int64_t micros, bool ok) {
      log_->Trace(ok ? "call" : "call-failed", micros, {"from", RoleName(role)}, {"method", method.name()});
    };
    events.on_late = [this, role](const Method& method) { ++late_[{role, &method}]; };
    // Closes the earlier channel to the same peer, if this process has not noticed its end before this message.
    Lose(role, instance);
    auto channel = std::make_shared<Channel>(loop_, std::move(fds[0]), spec_.role, Caller{role, instance}, &service_,
                                             std::move(events));
    peer(role).Attach(instance, std::move(channel));
    body_->PeerWired(role, instance, wire.pid(), fds.size() > 1 ? std::move(fds[1]) : Fd());
    if (role == ROLE_LOGGER) log_->Flush();
  }

  void Lose(Role role, std::uint32_t instance) {
    if (!peer(role).Instance(instance)) return;
    peer(role).Detach(instance);
    body_->PeerLost(role, instance);
  }

  void Drain() {
    if (draining_) return;
    draining_ = true;
    body_->Drain([this] {
      log_->Flush();
      TellDrained(MonotonicMicros() + kSendingMicros);
    });
  }

  // The master kills a process that has said kDrained. The answers to the last calls are queued in this turn of the loop,
  // and the last lines for logger may wait for it to read.
  void TellDrained(std::int64_t until) {
    sending_.Start(Milliseconds(1), [this, until] {
      std::size_t unsent = 0;
      for (const auto& [role, peer] : peers_) unsent += peer->unsent();
      if (unsent > 0 && MonotonicMicros() < until) return TellDrained(until);
      EndIfMemoryLeaked();
      Tell(StateByte::kDrained);
    });
  }

  void Leave(int status) {
    // Nothing needs to be cleaned up, because a store survives a crash at any moment, and nobody waits for the calls in
    // flight.
    _exit(status);
  }

  const RoleSpec& spec_;
  const JailKind kind_;
  Loop loop_;
  Fd control_;
  Watch watch_;
  Timer sending_{loop_};
  const std::int64_t started_ = MonotonicMicros();
  int exit_status_ = 0;

  Config config_;
  std::uint32_t instance_ = 0;
  std::string version_, operator_hash_, operator_key_;
  bool trace_calls_ = false, draining_ = false;
  std::map<std::string, Fd, std::less<>> passed_;
  std::map<Role, Bytes> keys_;
  std::vector<SealStart> seals_;
  std::map<Role, std::unique_ptr<Peer>> peers_;
  std::vector<std::pair<std::string, std::function<std::int64_t()>>> counters_;
  // Counters by caller and method: the calls that were started, and the calls that came after their deadline and were
  // not started.
  std::map<std::pair<Role, const Method*>, std::int64_t> calls_, late_;
  Environment* store_ = nullptr;              // null if the role has none
  const RequestFigures* requests_ = nullptr;  // null if the role answers no clients
  std::unique_ptr<RemoteLog> log_;
  Service service_;
  std::unique_ptr<RoleBody> body_;
};

// The C library's qsort(3) asks once, when it sorts more than a kibibyte, how much memory the machine has. It uses a
// system call (sysinfo) that no role is granted, and OpenSSL sorts when it starts. So the question is asked before the
// filter is loaded.
void SortOnce() {
  std::vector<int> numbers(1024);
  std::qsort(numbers.data(), numbers.size(), sizeof(int),
             [](const void* a, const void* b) { return *static_cast<const int*>(a) - *static_cast<const int*>(b); });
}

// Some versions of libuv ask for the kernel's version when the first event loop is made (kLibuvAsksKernel). No role is
// granted these calls. So they are made before the filter is loaded.
void LoopOnce() {
  if constexpr (!kLibuvAsksKernel) return;
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0 || uv_loop_close(&loop) != 0) Die("the event loop does not start");
}

// Handles signals explicitly. A role is process 1 of its pid namespace, where a signal without a handler has no effect
// (pid_namespaces(7)).
void HandleSignals() {
  struct sigaction leave{};
  leave.sa_handler = [](int) { _exit(0); };
  sigaction(SIGTERM, &leave, nullptr);
  sigaction(SIGINT, &leave, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int ServeRole(const RoleSpec& spec, JailKind kind, std::optional<IdRange> pool) {
  std::vector<Fd> folders;
  const bool by_chroot = kind == JailKind::kChroot;
  const std::size_t count = by_chroot ? 1 : spec.privileges.folders.size();
  for (std::size_t i = 0; i < count; ++i) folders.emplace_back(kFirstFolderFd + static_cast<int>(i));
  HandleSignals();
  SortOnce();
  LoopOnce();
  const int executable = kFirstFolderFd + static_cast<int>(count);
  Fd prepared;
  if (pool && by_chroot) prepared = spec.prepare(kind, *pool, executable, executable + 1);
  MustConfine(EnterRoot(kind, spec.privileges, std::move(folders)));
  if (pool && !by_chroot) prepared = spec.prepare(kind, *pool, executable, -1);
  MustConfine(Renounce(kind, spec.privileges));
  if (sodium_init() < 0) Die("libsodium does not start");
  return ServeMessages(spec, kind, Fd(kControlFd), std::move(prepared));
}

int ServeMessages(const RoleSpec& spec, JailKind kind, Fd control, Fd prepared) {
  Runtime runtime(spec, kind, std::move(control), std::move(prepared));
  return runtime.Serve();
}

}  // namespace zoobar
