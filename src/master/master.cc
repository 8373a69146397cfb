#include "master/master.h"

#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "config/changes.h"
#include "confine/unconfined.h"
#include "master/master_log.h"
#include "master/notify.h"
#include "roles/table.h"
#include "site/title.h"

namespace zoobar {
namespace {

constexpr Role kAudiences[] = {ROLE_BANK, ROLE_PROFILE};
constexpr std::size_t kMostOrigin = 16384;  // bytes. So the roster fits into a message, whatever the command line has

// The names of the changed fields, for the log.
std::string FieldsOf(const std::vector<ConfigChange>& changes, bool needs_restart) {
  constexpr std::size_t kMostNamed = 20;
  std::string names;
  std::size_t count = 0;
  for (const ConfigChange& change : changes) {
    if (change.needs_restart != needs_restart) continue;
    if (++count <= kMostNamed) names += (names.empty() ? "" : " ") + change.field;
  }
  if (count > kMostNamed) names += fmt::format(" and {} more", count - kMostNamed);
  return names.empty() ? "nothing" : names;
}

ConfigOrigin OriginOf(const ConfigSources& sources) {
  ConfigOrigin origin;
  origin.set_file(sources.file);
  *origin.mutable_sets() = {sources.sets.begin(), sources.sets.end()};
  *origin.mutable_listens() = {sources.listens.begin(), sources.listens.end()};
  origin.set_state_dir(sources.state_dir);
  return origin;
}

}  // namespace

Master::Master(Ground ground, const MasterOptions& options)
    : ground_(std::move(ground)),
      trace_calls_(options.trace_calls),
      version_(options.version),
      log_(std::make_unique<MasterLog>()),
      log_files_(ground_.log_directory.get(), *log_),
      audit_(std::move(ground_.audit), ground_.log_directory.get(), *log_) {
  log_files_.SetBeforeDeletion(
      [this](std::string_view file, const std::string& oldest) { audit_.NoteDeletion(file, oldest); });
  for (Role audience : kAudiences) {
    Bytes key;
    key.resize(32);
    randombytes_buf(key.data(), key.size());
    ticket_keys_.emplace_back(audience, std::move(key));
  }
  for (const RoleSpec* spec : AllRoles()) {
    const Config::RoleConfig& row = RowOf(ground_.config, spec->role);
    for (std::uint32_t number = 0; number < row.instances(); ++number) {
      auto instance = std::make_unique<Instance>();
      instance->spec = spec;
      instance->number = number;
      instance->slot = static_cast<std::uint32_t>(instances_.size());
      instance->row = &row;
      instance->policy = RestartPolicy(LongestDelay(spec->role));
      instances_.push_back(std::move(instance));
    }
  }
}

Master::~Master() = default;

int Master::Serve() {
  term_ = std::make_unique<SignalWatch>(loop_, SIGTERM, [this] { BeginShutdown(); });
  interrupt_ = std::make_unique<SignalWatch>(loop_, SIGINT, [this] { BeginShutdown(); });
  hangup_ = std::make_unique<SignalWatch>(loop_, SIGHUP, [this] { Reload(); });
  child_ = std::make_unique<SignalWatch>(loop_, SIGCHLD, [this] { Reap(); });
  signal(SIGPIPE, SIG_IGN);
  std::string addresses;
  for (const Ground::Listener& listener : ground_.listeners)
    addresses +=
        fmt::format("{}{}://{}", addresses.empty() ? "" : " ", listener.tls ? "https" : "http", listener.address);
  const auto own = [this](Role role) {
    const auto found = ground_.own.find(role);
    return found == ground_.own.end() ? "off" : "http://" + found->second.address;
  };
  log_->Info("starting", {{"version", version_},
                          {"jails", JailKindName(ground_.kind)},
                          {"listening", addresses},
                          {"metrics", own(ROLE_METRICS)},
                          {"console", own(ROLE_CONSOLE)},
                          {"state", ground_.config.state_dir()}});
  if (!Unconfined().empty()) {
    log_->Warning("unconfined", {{"why", std::string(Unconfined())}});
  } else if (ground_.kind == JailKind::kChroot) {
    log_->Warning("no-namespaces",
                  {{"why", ground_.namespaces_refused},
                   {"instead", "uid, chroot, Landlock and seccomp confine the roles; see `zoobar doctor`"}});
  }
  if (!ground_.packages_refused.empty()) {
    std::string names;
    for (const std::string& name : ground_.packages_refused) names += (names.empty() ? "" : " ") + name;
    log_->Warning("packages-missing",
                  {{"modules", names},
                   {"why", ground_.kind == JailKind::kChroot ? "they need mounts, and this machine refuses namespaces"
                                                             : "no installed Debian package has them"}});
  }
  if (ground_.watchdog.count() > 0) KeepAlive();
  StartAll();
  loop_.Run();
  log_.reset();  // writes to stderr what logger did not take
  if (start_refused_.empty()) return 0;
  fmt::print(stderr, "zoobar: the site cannot start: {}\n", start_refused_);
  return 2;
}

// ---- starting

void Master::StartAll() {
  for (auto& instance : instances_) {
    if (stage_ == Stage::kServing) Start(*instance);
  }
}

void Master::Start(Instance& instance) {
  const Status started = TryStart(instance);
  if (started.ok()) return;
  instance.control.Close();
  instance.stderr_read.Close();
  instance.last_end = "could not be started: " + started.error().text;
  if (const auto left_out = instance.deaths_told.Due(MonotonicMicros())) {
    log_->Failure("start-failed", {{"role", RoleName(instance.spec->role)},
                                   {"why", started.error().text},
                                   {"others_not_told", std::to_string(*left_out)}});
  }
  if (!announced_ && stage_ == Stage::kServing) return GiveUpStart(instance, instance.last_end);
  ScheduleRestart(instance, false);
}

// ---- state bytes from the roles

void Master::ReadStates(Instance& instance) {
  for (;;) {
    std::uint8_t bytes[2] = {};
    const ssize_t count = recv(instance.control.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0) return;
    if (count == 0) {  // the role has closed its end of the control socket, so its process is about to end
      instance.states.reset();
      return;
    }
    const bool restart = count == 2 && bytes[0] == static_cast<std::uint8_t>(StateByte::kRestart);
    if (restart && instance.spec->role == ROLE_ADMIN) {
      RestartAsked(bytes[1]);
    } else {
      TakeState(instance, bytes[0]);
    }
    if (!instance.states) return;
  }
}

void Master::TakeState(Instance& instance, std::uint8_t byte) {
  const Role role = instance.spec->role;
  if (byte & static_cast<std::uint8_t>(StateByte::kAccuse)) return Accuse(instance, byte & 0x7f);
  switch (static_cast<StateByte>(byte)) {
    case StateByte::kReady:
      return OnReady(instance);
    case StateByte::kDrained:
      instance.drained = true;
      if (instance.leaving) return End(instance, "the operator asked for a restart");
      if (resting_ && DrainsFirst(instance)) {
        instance.state = "drained";
        SendRoster();
      }
      return ContinueShutdown();
    case StateByte::kRotate:
      if (role == ROLE_LOGGER) return RenewLogs();
      break;
    case StateByte::kSealed:
      if (role == ROLE_LOGGER) return audit_.NoteEnds();
      break;
    case StateByte::kReload:
      if (role == ROLE_ADMIN) return Reload();
      break;
    case StateByte::kShutdown:
      if (role == ROLE_ADMIN) return BeginShutdown();
      break;
    case StateByte::kRest:
      if (role == ROLE_ADMIN) return Rest();
      break;
    case StateByte::kResume:
      if (role == ROLE_ADMIN) return Resume();
      break;
    case StateByte::kUpgrade:
      if (role == ROLE_ADMIN) return TakeProgram(false);
      break;
    case StateByte::kGoBack:
      if (role == ROLE_ADMIN) return TakeProgram(true);
      break;
    case StateByte::kRestart:
    case StateByte::kAccuse:
      break;
  }
  log_->Security("bad-state-byte", {{"role", RoleName(role)}, {"byte", std::to_string(byte)}});
  End(instance, "sent the master an unknown state byte");
}

void Master::OnReady(Instance& instance) {
  instance.ready = true;
  instance.state = resting_ && DrainsFirst(instance) ? "draining" : "running";
  instance.restart.reset();
  SendRoster();
  TellRestartEnded(instance, {});
  if (announced_ || !std::all_of(instances_.begin(), instances_.end(), [](const auto& each) { return each->ready; }))
    return;
  announced_ = true;
  log_->Info("ready", {{"milliseconds", std::to_string((MonotonicMicros() - began_us_) / 1000)}});
  Notify(ground_.notify, "READY=1");
}

// ---- while the site runs

// Tells the service manager twice in each of its periods that the master's loop goes round.
void Master::KeepAlive() {
  Notify(ground_.notify, "WATCHDOG=1");
  keep_alive_.Start(ground_.watchdog / 2, [this] { KeepAlive(); });
}

// Sends logger new files, to which it must write from now on. See LogFiles::Renew.
void Master::RenewLogs() {
  const auto logger = std::find_if(instances_.begin(), instances_.end(),
                                   [](const auto& each) { return each->spec->role == ROLE_LOGGER; });
  for (const LogFiles::Renewed& renewed : log_files_.Renew(ground_.config.log())) {
    ToRole message;
    message.mutable_log_file()->set_name(fmt::format("log.{}", renewed.file));
    if ((*logger)->control) Tell(**logger, message, {renewed.fd.get()});
  }
}

void Master::TellReloadEnded(const std::string& refused, bool needs_restart) {
  ToRole message;
  message.mutable_reload_ended()->set_refused(refused);
  message.mutable_reload_ended()->set_needs_restart(needs_restart);
  SendToAdmin(message);
}

void Master::SendToAdmin(const ToRole& message) {
  for (auto& instance : instances_) {
    if (instance->spec->role == ROLE_ADMIN && instance->control) SendToRole(instance->control, message, {});
  }
}

void Master::Reload() {
  RenewLogs();  // also if the configuration is wrong, because logrotate sends SIGHUP after it moved a log file
  Notify(ground_.notify, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", MonotonicMicros()));
  ConfigSources sources = ground_.sources;
  Result<std::string> text = ReadConfigFile(ground_.config_directory.get(), ground_.config_name);
  if (text.ok()) sources.text = std::move(*text);
  Result<Config> config =
      text.ok() ? CompleteConfig(sources)
                : Result<Config>(Error::Of("{} (the master is no longer root: uid {} must be able to read it)",
                                           text.error().text, getuid()));
  const auto refuse = [this](const std::string& why) {
    log_->Failure("reload-refused", {{"why", why}});
    TellReloadEnded(why, false);
    Notify(ground_.notify, "READY=1");
  };
  if (!config.ok()) return refuse(config.error().text);
  const std::vector<ConfigChange> changes = ConfigChanges(ground_.config, *config);
  const bool more = std::ranges::any_of(changes, &ConfigChange::needs_restart);
  Config after = AfterReload(ground_.config, *config);
  if (after.ByteSizeLong() > kMostConfigBytes)
    return refuse(fmt::format("with what only a restart can change, it has over {} bytes", kMostConfigBytes));
  ground_.config = std::move(after);
  for (auto& instance : instances_) instance->row = &RowOf(ground_.config, instance->spec->role);
  ToRole message;
  *message.mutable_reload()->mutable_config() = ground_.config;
  for (auto& instance : instances_) {
    if (instance->control) Tell(*instance, message, {});
  }
  TellReloadEnded({}, more);
  log_->Info("reloaded", {{"changed", FieldsOf(changes, false)},
                          {"needs_restart", more ? FieldsOf(changes, true) : "no restart needed"}});
  Notify(ground_.notify, "READY=1");
}

// Sends the roster to admin at the end of this turn of the loop, and only once even if several things have changed.
void Master::SendRoster() {
  if (std::exchange(roster_due_, true)) return;
  loop_.AtEndOfTurn([this] {
    roster_due_ = false;
    ToRole message;
    const auto add = [&](Role role, std::uint32_t number, pid_t pid, std::uint32_t uid) {
      auto* entry = message.mutable_roster()->add_entries();
      entry->set_role(role);
      entry->set_instance(number);
      entry->set_pid(std::max(0, pid));
      entry->set_uid(uid);
      return entry;
    };
    message.mutable_roster()->set_draining(resting_);
    message.mutable_roster()->set_program(program_);
    ConfigOrigin origin = OriginOf(ground_.sources);
    if (origin.ByteSizeLong() <= kMostOrigin) *message.mutable_roster()->mutable_origin() = std::move(origin);
    add(ROLE_MASTER, 0, getpid(), getuid())->set_state("running");
    for (auto& instance : instances_) {
      auto* entry = add(instance->spec->role, instance->number, instance->pid, instance->row->uid());
      entry->set_slot(instance->slot);
      entry->set_starts(instance->starts);
      entry->set_program(instance->program);
      entry->set_started_ms(instance->started_ms);
      entry->set_has_store(HasStore(*instance->spec));
      entry->set_state(instance->state);
      entry->set_degraded(instance->policy.degraded());
      if (instance->policy.degraded()) {
        entry->set_ends(static_cast<std::uint32_t>(instance->policy.ends()));
        entry->set_last_end(instance->last_end);
      }
    }
    SendToAdmin(message);
  });
}

// ---- stopping: first edge, dispatcher, app and login finish their requests, then the roles that they call stop, and logger
// last

bool Master::DrainsFirst(const Instance& instance) const {
  const Role role = instance.spec->role;
  return role == ROLE_EDGE || role == ROLE_DISPATCHER || role == ROLE_APP || role == ROLE_LOGIN;
}

void Master::BeginShutdown() {
  if (stage_ != Stage::kServing) return loop_.Stop();  // this is the second request to stop, so stop at once
  stage_ = Stage::kDrainingFront;
  Notify(ground_.notify, "STOPPING=1");
  log_->Info("stopping");
  drain_limit_ = std::make_unique<Timer>(loop_);
  drain_limit_->Start(std::chrono::seconds(ground_.config.drain_seconds()), [this] {
    log_->Warning("drain-limit", {{"seconds", std::to_string(ground_.config.drain_seconds())}});
    loop_.Stop();
  });
  ToRole message;
  message.mutable_drain();
  for (auto& instance : instances_) {
    instance->restart.reset();
    instance->recovery.reset();
    // A process that was told to drain before says only once that it has.
    const bool drained_before = instance->drained && (resting_ || instance->leaving);
    instance->drained = !instance->control || drained_before;
    if (instance->control && DrainsFirst(*instance)) SendToRole(instance->control, message, {});
  }
  ContinueShutdown();
}

void Master::ContinueShutdown() {
  if (stage_ == Stage::kServing) return;
  const auto drained = [this](auto which) {
    return std::all_of(instances_.begin(), instances_.end(),
                       [&](const auto& each) { return each->drained || !which(*each); });
  };
  const auto is_logger = [](const Instance& instance) { return instance.spec->role == ROLE_LOGGER; };
  ToRole message;
  message.mutable_drain();
  if (stage_ == Stage::kDrainingFront && drained([this](const Instance& each) { return DrainsFirst(each); })) {
    stage_ = Stage::kDrainingBack;
    for (auto& instance : instances_) {
      if (!DrainsFirst(*instance) && !is_logger(*instance) && instance->control)
        SendToRole(instance->control, message, {});
    }
  }
  if (stage_ == Stage::kDrainingBack && drained([&](const Instance& each) { return !is_logger(each); })) {
    stage_ = Stage::kDrainingLog;
    log_->Info("stopped");
    log_->Flush();
    for (auto& instance : instances_) {
      if (is_logger(*instance) && instance->control) SendToRole(instance->control, message, {});
    }
  }
  if (stage_ == Stage::kDrainingLog && drained(is_logger)) loop_.Stop();
}

int ServeMaster(MasterOptions options, int argc, char** argv) {
  if (sodium_init() < 0) Die("libsodium does not start");
  if (!Unconfined().empty()) fmt::print(stderr, "zoobar: {}\n", Unconfined());
  Result<Ground> ground = PrepareGround(options.sources);
  const Status status = ground.ok() ? GiveUpRoot(*ground) : Status(ground.error());
  if (!status.ok()) {
    fmt::print(stderr, "zoobar: {}\n", status.error().text);
    return 2;
  }
  SetTitle(argc, argv, "master");
  Master master(std::move(*ground), options);
  const int result = master.Serve();
  _exit(result);  // the kernel kills the roles when the master ends, and nothing else needs cleaning up
}

}  // namespace zoobar
