#include "simulation/site.h"

#include <sodium.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "roles/table.h"
#include "site/contract.h"
#include "site/control.h"
#include "site/serve.h"

namespace zoobar::simulation {
namespace {

constexpr std::array kRoles = {ROLE_HONEYCHECKER, ROLE_AUTH,       ROLE_BANK, ROLE_SANITIZER, ROLE_PROFILE,
                               ROLE_ECHO,         ROLE_DISPATCHER, ROLE_APP,  ROLE_LOGIN,     ROLE_NOTARY};
constexpr std::uint32_t kStandInSlots = 100;  // of logger, sandbox and admin: the role's number is added
constexpr int kDied = 70;                     // the exit status of Die (ipc/result.h)

void MakePair(int type, Fd& a, Fd& b) {
  int pair[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) Die("simulation: no socket");
  a = Fd(pair[0]);
  b = Fd(pair[1]);
}

bool Contains(std::span<const Role> roles, Role role) { return std::ranges::find(roles, role) != roles.end(); }

}  // namespace

SimulatedSite::SimulatedSite(Loop& loop, Judge& judge, Config config, std::string scratch)
    : loop_(loop),
      judge_(judge),
      config_(std::move(config)),
      scratch_(std::move(scratch)),
      log_(judge),
      sandbox_(loop, judge) {
  for (const Role audience : {ROLE_BANK, ROLE_PROFILE}) {
    Bytes key(32);
    randombytes_buf(key.data(), key.size());
    ticket_keys_[audience] = std::move(key);
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  address_ = '\0' + scratch_;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  listener_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_.get(), 4096) != 0) {
    Die("simulation: no listener");
  }
}

SimulatedSite::~SimulatedSite() = default;

void SimulatedSite::Start() {
  for (const RoleSpec* const spec : AllRoles()) {
    if (!Contains(kRoles, spec->role)) continue;
    const std::uint32_t count = spec->role == ROLE_SANITIZER ? 2 : 1;
    for (std::uint32_t number = 0; number < count; ++number) {
      Instance& instance = *instances_.emplace_back(std::make_unique<Instance>());
      instance.spec = spec;
      instance.number = number;
      instance.slot = static_cast<std::uint32_t>(instances_.size());
      mkdir(FolderOf(spec->role).c_str(), 0700);
    }
  }
  for (const auto& instance : instances_) Launch(*instance);
}

void SimulatedSite::Launch(Instance& instance) {
  instance.restart.reset();
  instance.ready = false;
  Fd control;
  MakePair(SOCK_SEQPACKET, instance.control, control);
  const int fd = control.release();
  instance.process = &Machine::The().Start(
      fmt::format("{}.{}", RoleName(instance.spec->role), instance.number), FolderOf(instance.spec->role),
      [spec = instance.spec, fd] { return ServeMessages(*spec, JailKind::kNamespaces, Fd(fd), Fd()); });
  Machine::The().Own(fd, instance.process);
  instance.process->on_end = [this, &instance] { Ended(instance); };
  instance.states =
      std::make_unique<Watch>(loop_, instance.control.get(), [this, &instance](int) { ReadStates(instance); });
  instance.states->Set(UV_READABLE);
  SendStart(instance);
  WirePeers(instance);
}

void SimulatedSite::SendStart(Instance& instance) {
  const Role role = instance.spec->role;
  ToRole message;
  zoobar::Start& start = *message.mutable_start();
  start.set_role(role);
  start.set_instance(instance.number);
  *start.mutable_config() = config_;
  start.set_version("simulation");
  start.set_contract(std::string(View(ContractOf(*instance.spec))));
  for (const auto& [audience, key] : ticket_keys_) {
    if (role != ROLE_AUTH && role != audience) continue;
    auto* shared = start.add_keys();
    shared->set_audience(audience);
    shared->set_key(key.data(), key.size());
  }
  start.set_operator_key(std::string(32, 'o'));
  std::vector<int> fds;
  if (role == ROLE_DISPATCHER) {
    start.add_passed("listener.0");
    fds.push_back(listener_.get());
  }
  SendToRole(instance.control, message, fds);
}

void SimulatedSite::WirePeers(Instance& fresh) {
  for (const auto& other : instances_) {
    if (other.get() == &fresh || !other->process || other->process->dead) continue;
    if (!MayTalk(fresh.spec->role, other->spec->role)) continue;
    Fd ours, theirs;
    MakePair(SOCK_STREAM, ours, theirs);
    WireTo(fresh, other->spec->role, other->number, other->slot, ours.get());
    WireTo(*other, fresh.spec->role, fresh.number, fresh.slot, theirs.get());
  }
  fresh.channels.clear();
  WireStandIn(fresh, ROLE_LOGGER, &log_.service);
  if (MayTalk(fresh.spec->role, ROLE_SANDBOX)) WireStandIn(fresh, ROLE_SANDBOX, &sandbox_.service);
  if (fresh.spec->role == ROLE_BANK) WireStandIn(fresh, ROLE_ADMIN, nullptr);
}

void SimulatedSite::WireStandIn(Instance& instance, Role role, const Service* service) {
  Fd ours, theirs;
  MakePair(SOCK_STREAM, ours, theirs);
  WireTo(instance, role, 0, kStandInSlots + static_cast<std::uint32_t>(role), theirs.get());
  Channel::Events events;
  events.on_misbehaviour = [this, &instance, role](const std::string& how) {
    judge_.Fault("{} accuses {}: {}", RoleName(role), RoleName(instance.spec->role), how);
  };
  events.on_closed = [] {};
  instance.channels[role] = std::make_shared<Channel>(
      loop_, std::move(ours), role, Caller{instance.spec->role, instance.number}, service, std::move(events));
}

void SimulatedSite::WireTo(Instance& to, Role role, std::uint32_t number, std::uint32_t slot, int channel) {
  ToRole message;
  zoobar::Wire& wire = *message.mutable_wire();
  wire.set_role(role);
  wire.set_instance(number);
  wire.set_slot(slot);
  SendToRole(to.control, message, {channel});
}

void SimulatedSite::ReadStates(Instance& instance) {
  char bytes[64];
  const ssize_t count = recv(instance.control.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (count <= 0) return instance.states->Set(0);
  for (const char each : std::string_view(bytes, static_cast<std::size_t>(count))) {
    const auto byte = static_cast<std::uint8_t>(each);
    if (byte == static_cast<std::uint8_t>(StateByte::kReady)) instance.ready = true;
    if (byte >= static_cast<std::uint8_t>(StateByte::kAccuse)) {
      judge_.Fault("{} accuses the peer in slot {}", instance.process->name, byte & 0x7f);
    }
  }
}

void SimulatedSite::Ended(Instance& instance) {
  const Process& process = *instance.process;
  const bool killed = process.status == -1;
  const bool by_disk = disk_may_end_roles && process.status == kDied;
  if (!killed && !by_disk) {
    judge_.Fault("{} ended with status {}: {}", process.name, process.status, process.last_words);
  }
  instance.ready = false;
  instance.states.reset();
  instance.channels.clear();
  instance.restart = std::make_unique<Timer>(loop_);
  const Milliseconds delay(Machine::The().random().Between(1, 300));
  instance.restart->Start(delay, [this, &instance] { Launch(instance); });
}

bool SimulatedSite::AllReady() const {
  return std::ranges::all_of(instances_, [](const auto& instance) { return instance->ready; });
}

SimulatedSite::Instance& SimulatedSite::RandomInstance() {
  return *instances_[Machine::The().random().Below(instances_.size())];
}

void SimulatedSite::KillOne() {
  Instance& instance = RandomInstance();
  if (!instance.process || instance.process->dead) return;
  ++kills_;
  Machine::The().Kill(*instance.process);
}

void SimulatedSite::StopOne() {
  Instance& instance = RandomInstance();
  if (!instance.process || instance.process->dead) return;
  ++stops_;
  Machine& machine = Machine::The();
  instance.process->stopped_until = machine.now() + machine.random().Between(1'000, 7'000'000);
}

void SimulatedSite::CutPower() {
  Machine& machine = Machine::The();
  for (const auto& instance : instances_) {
    if (instance->process) machine.Kill(*instance->process);
  }
  machine.disk().CutPower();
  // The machine tells of each end (Ended), and each role is then started again on its own.
}

Task<std::optional<VerifyReply>> SimulatedSite::Verify() {
  const auto bank = std::ranges::find_if(instances_, [](const auto& each) { return each->spec->role == ROLE_BANK; });
  const auto found = (*bank)->channels.find(ROLE_ADMIN);
  if (found == (*bank)->channels.end()) co_return std::nullopt;
  const std::shared_ptr<Channel> channel = found->second;
  VerifyRequest request;
  auto asking = channel->Call<VerifyReply>(request);
  Result<Incoming<VerifyReply>> reply = co_await asking;
  if (!reply.ok()) co_return std::nullopt;
  co_return std::move(reply->message);
}

}  // namespace zoobar::simulation
