#include "roles/sandbox.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "ipc/descriptors.h"
#include "limits/programs.h"
#include "sandbox/files.h"
#include "sandbox/interpreter.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {
    {Folder::kLibraries, "the interpreter's libraries, and the standard library of runs"},
    {Folder::kLoader, "the dynamic loader, to start the interpreter"},
    {Folder::kZones, "time zones, for runs"},
    {Folder::kDevices, "/dev/null and four others, for runs"},
    {Folder::kPackages, "the modules of Debian packages that the operator lets programs import"},
};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kSupervise, "to watch runs, answer their denied calls, end them and read what they left"},
    {Calls::kThreads, "one thread with the runs' priority, to measure how long they wait for a processor"},
};
constexpr CallGrant kChildrenCalls[] = {{Calls::kBuildWalls, "for the interpreter and its runs"}};
constexpr CapabilityGrant kCapabilities[] = {
    {CAP_KILL, "to end runs, which have other ids"},
    {CAP_DAC_READ_SEARCH, "to read what a run left, with any file modes"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 1024, .file_bytes = std::uint64_t{8} << 20, .processes = 256},
    .owns_pool = true,
    .capabilities = kCapabilities,
    .children_calls = kChildrenCalls,
    .without_landlock =
        "a process in a domain may not mount, and the interpreter and its runs would inherit the domain; if only the "
        "supervisor were in it, it could not end runs. Each run takes a domain of its own when its root is built",
};

constexpr std::size_t kSpares{2};
constexpr std::uint32_t kMaxLimitMs = 60000;
constexpr Milliseconds kFirstRest{250}, kLongestRest{10'000};  // see RestFromWalls
constexpr const char* kNoWalls = "the walls of a run could not be built";

// Writes the files into a memfd and seals it, so that it cannot be changed. Returns an invalid Fd if that fails.
Fd Sealed(const ProgramFiles& files) {
  const std::string bytes = files.SerializeAsString();
  Fd memory(memfd_create("files", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || !WriteAll(memory.get(), bytes) ||
      fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    return Fd();
  }
  return memory;
}

std::string ReadMemory(const Fd& memory) {
  const off_t size = lseek(memory.get(), 0, SEEK_END);
  std::string bytes(static_cast<std::size_t>(std::clamp<off_t>(size, 0, kMaxProgramFrame)), '\0');
  if (pread(memory.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) bytes.clear();
  return bytes;
}

}  // namespace

Sandbox::Sandbox(Site& site)
    : site_(site), settings_(site.config().profile()), renewal_(site.loop()), walls_again_(site.loop()) {
  site.service().Handle(&Sandbox::Begin, this);
  site.service().Handle(&Sandbox::Wait, this);
  site.service().Handle(&Sandbox::End, this);
  site.service().Handle(&Sandbox::Reset, this);
  site.Count("runs", [this] { return begun_; });
  site.Count("runs.now", [this] { return static_cast<std::int64_t>(runs_.size()); });
  site.Count("refused.full", [this] { return full_; });
  site.Count("denials", [this] { return denials_; });
  site.Count("interpreters", [this] { return orders_ ? static_cast<std::int64_t>(orders_->interpreter()) : 0; });
  Fd interpreter = site.TakePassed("prepared");
  if (!interpreter) {
    site.log().Warning("no-walls", {{"why", "neither user namespaces nor a scratch tmpfs"},
                                    {"instead", "programs are shown as source"}});
    return;
  }
  orders_ = std::make_unique<Orders>(site.loop(), std::move(interpreter), [this] {
    runs_of_interpreter_ = 0;
    EndSpares();  // ends spares of the old interpreter; they were in use until the new one was ready
    Prepare();
  });
  renewal_.StartEvery(kRenewal, [this] { Renew(); });
}

// Returns one slot more than profile uses for members' programs, so that profile's canary always finds a free slot. On
// a scratch there is only one slot.
std::size_t Sandbox::Slots() const {
  return orders_->scratch() ? 1 : std::clamp<std::size_t>(settings_.parallel_runs(), 1, 64) + 1;
}

RunLimits Sandbox::Limits() const {
  // The run's time limit does not count how many processors the run uses at once. So this second limit bounds the
  // processor time of all its threads together.
  const std::uint64_t seconds = ProgramLimits::ProcessorSeconds(settings_.timeout_ms());
  return {settings_.files_bytes(), settings_.files_inodes(), settings_.memory_bytes(), seconds};
}

std::uint32_t Sandbox::FreeId() {
  const std::uint32_t first = site_.config().id_base() + kRoleIds, count = kIdRange - kRoleIds;
  for (std::uint32_t i = 1; i <= count; ++i) {
    const std::uint32_t turn = (last_id_ + i) % count;
    const auto has_it = [id = first + turn](const auto& run) { return run.second->id == id; };
    if (std::any_of(runs_.begin(), runs_.end(), has_it)) continue;
    last_id_ = turn;
    return first + turn;
  }
  return 0;
}

// ---- spares

void Sandbox::Prepare() {
  if (resting_) return;
  const auto is_spare = [this](const auto& run) {
    return !run.second->leased && !run.second->ended && run.second->interpreter == orders_->interpreter();
  };
  const std::size_t wanted = std::max(kSpares, waiting_.size());
  // On a scratch there is only one run at a time. The next run is built when the run before is gone and its files are
  // removed.
  const std::size_t most = orders_->scratch() ? 1 : Slots() + kSpares;
  auto spares = static_cast<std::size_t>(std::count_if(runs_.begin(), runs_.end(), is_spare));
  while (orders_->ready() && spares < wanted && runs_.size() < most && OrderRun()) ++spares;
}

bool Sandbox::OrderRun() {
  const std::uint32_t id = FreeId();
  if (id == 0) return false;
  Run::Events events;
  events.walled = [this](Run&) {
    walls_rest_ = Milliseconds(0);
    GiveSpares();
  };
  events.ended = [this](Run& run) { OnEnded(run); };
  if (orders_->scratch()) {
    events.ask = [this](const Run& run) { orders_->Give({Order::Kind::kAsk, run.id, {}}, {}, nullptr); };
    events.kill = [this](const Run& run) { orders_->Give({Order::Kind::kEnd, run.id, {}}, {}, nullptr); };
  }
  const std::uint64_t number = next_run_++;
  Result<std::unique_ptr<Run>> run = Run::Make(site_.loop(), number, id, std::move(events));
  if (!run.ok()) {
    site_.log().Failure("run-not-started", {{"why", run.error().text}});
    return false;
  }
  (*run)->interpreter = orders_->interpreter();
  const auto started = [this, number](std::int32_t pid) {
    if (pid < 0) site_.log().Failure("run-not-started", {{"why", std::strerror(-pid)}});
    if (const auto found = runs_.find(number); found != runs_.end()) found->second->Started(pid);
  };
  if (!orders_->Give({Order::Kind::kRun, id, Limits()}, (*run)->Theirs(), started)) return false;
  (*run)->DropTheirs();
  runs_.emplace(number, std::move(*run));
  if (++runs_of_interpreter_ >= kRunsEach) Renew();
  return true;
}

Run* Sandbox::Spare() {
  const auto holds_slot = [](const auto& run) { return run.second->leased && !run.second->ended; };
  if (static_cast<std::size_t>(std::count_if(runs_.begin(), runs_.end(), holds_slot)) >= Slots()) return nullptr;
  for (auto& [number, run] : runs_) {
    if (run->walled && !run->leased && !run->ended && run->interpreter == orders_->interpreter()) return run.get();
  }
  return nullptr;
}

void Sandbox::GiveSpares() {
  while (!waiting_.empty()) {
    Run* const run = Spare();
    if (!run) return;
    const auto first = waiting_.front();
    waiting_.pop_front();
    run->leased = true;  // set before Lease is called, so that no other Begin takes this run
    first->Set(run);
  }
}

void Sandbox::EndSpares() {
  for (auto& [number, run] : runs_) {
    if (!run->leased) run->End(WaitReply::END_ASKED);
  }
}

void Sandbox::Renew() {
  if (orders_) orders_->Renew();
}

// ---- runs

void Sandbox::OnEnded(Run& run) {
  for (const auto& denial : run.report().denials()) denials_ += denial.count();
  if (run.leased) {
    run.KeepFor(kUnasked, [this, number = run.number] { Drop(number); });
    site_.loop().AtEndOfTurn([this, here = std::weak_ptr(here_)] {
      if (!here.expired()) GiveSpares();  // the slot of the ended run is free
    });
    if (run.waiter) run.waiter->Set(true);
    return;
  }
  if (run.report().end() == WaitReply::END_WALLS) {
    site_.log().Security("walls-failed", {{"run", std::to_string(run.number)}, {"why", run.Complaint()}});
    // All calls of Begin that wait for a spare fail now.
    for (const auto& begin : std::exchange(waiting_, {})) begin->Set(nullptr);
    RestFromWalls();
  }
  Drop(run.number);
}

// What is missing (memory, processes, a folder of Python) is not there again at once, and each try takes more of it.
void Sandbox::RestFromWalls() {
  if (resting_) return;
  resting_ = true;
  walls_rest_ = std::clamp(2 * walls_rest_, kFirstRest, kLongestRest);
  walls_again_.Start(walls_rest_, [this] {
    resting_ = false;
    Prepare();
  });
}

void Sandbox::Drop(std::uint64_t number) {
  site_.loop().AtEndOfTurn([this, number, here = std::weak_ptr(here_)] {
    if (here.expired()) return;
    const auto run = runs_.find(number);
    if (run == runs_.end()) return;
    if (orders_->scratch() && !std::exchange(run->second->collected, true)) {
      const auto emptied = [this, number](std::int32_t failed) {
        if (failed < 0) Die("sandbox: the scratch could not be emptied: {}", std::strerror(-failed));
        Drop(number);
      };
      if (!orders_->Give({Order::Kind::kCollect, run->second->id, Limits()}, {}, emptied))
        Die("sandbox: an order could not be sent to the interpreter");
      return;
    }
    runs_.erase(run);
    Prepare();
  });
}

// Takes back the files that a run left. On a scratch the supervisor may not read them, so the interpreter writes them
// into a memfd.
Task<Leftovers> Sandbox::Collect(Run& run) {
  run.collected = true;
  if (!orders_->scratch()) co_return TakeBack(run.root(), settings_.files_bytes(), settings_.files_inodes());
  Leftovers left;
  const Fd memory(memfd_create("leftovers", MFD_CLOEXEC));
  Promised<std::int32_t> collected;
  const auto answered = [&collected](std::int32_t failed) { collected.Set(failed); };
  if (!memory || !orders_->Give({Order::Kind::kCollect, run.id, Limits()}, {memory.get()}, answered))
    Die("sandbox: what a run left cannot be collected");
  if (const std::int32_t failed = co_await collected; failed < 0)
    Die("sandbox: the scratch could not be emptied: {}", std::strerror(-failed));
  if (!left.ParseFromString(ReadMemory(memory))) left.add_dropped("/: could not be read");
  co_return left;
}

Task<Result<Outgoing<BeginReply>>> Sandbox::Begin(Incoming<BeginRequest> call) {
  BeginReply reply;
  const std::uint32_t limit = call.message.limit_ms(), most = std::max(limit, call.message.most_ms());
  if (limit < 1 || most > kMaxLimitMs) co_return Error::Of("a run of {} ms, at most {} ms", limit, most);
  reply.set_outcome(BeginReply::OUTCOME_UNAVAILABLE);
  if (!orders_) co_return reply;
  const std::int64_t until = MonotonicMicros() + std::int64_t{limit} * 1000;
  Run* run = waiting_.empty() ? Spare() : nullptr;
  if (!run && resting_) co_return Error{kNoWalls};
  if (!run && waiting_.size() < kMaxWaiting) {
    const auto come = std::make_shared<Promised<Run*>>();
    waiting_.push_back(come);
    bool late = false;
    Timer patience(site_.loop());
    patience.Start(Milliseconds(limit), [this, come, &late] {
      late = true;
      std::erase(waiting_, come);
      if (!come->set()) come->Set(nullptr);
    });
    Prepare();
    Promised<Run*>& walled = *come;
    run = co_await walled;
    if (!run && !late) co_return Error{kNoWalls};
  }
  const std::int64_t left = (until - MonotonicMicros()) / 1000;
  if (run && left < 1) run->End(WaitReply::END_ASKED);
  if (!run || left < 1) {
    ++full_;
    reply.set_outcome(BeginReply::OUTCOME_FULL);
    co_return reply;
  }
  ++begun_;
  reply.set_outcome(BeginReply::OUTCOME_BEGUN);
  reply.set_run(run->number);
  reply.set_interpreter(run->interpreter);
  reply.set_slots(static_cast<std::uint32_t>(orders_->scratch() ? 1 : Slots() - 1));
  Outgoing<BeginReply> begun(std::move(reply));
  begun.fds = run->Lease(Milliseconds(left), Milliseconds(most - limit + left), share_);
  Prepare();
  co_return begun;
}

Task<Result<Outgoing<WaitReply>>> Sandbox::Wait(Incoming<WaitRequest> call) {
  const std::uint64_t number = call.message.run();
  const auto found = runs_.find(number);
  if (found == runs_.end() || !found->second->leased || found->second->waiter) co_return Error::Of("no run {}", number);
  Run& run = *found->second;
  run.waiter = std::make_shared<Promised<bool>>();
  if (!run.ended) {
    const auto waiter = run.waiter;
    Promised<bool>& ended = *waiter;
    co_await ended;
  }
  WaitReply report = run.report();
  Fd files;
  // The files of a run that was stopped are not kept, because the run may have been in the middle of writing them.
  if (call.message.files() && report.end() == WaitReply::END_EXIT) {
    auto collecting = Collect(run);
    Leftovers left = co_await collecting;
    report.mutable_dropped()->Swap(left.mutable_dropped());
    files = Sealed(left.files());
  }
  Drop(number);
  Outgoing<WaitReply> reply(std::move(report));
  if (files) reply.fds.push_back(std::move(files));
  co_return reply;
}

Task<Result<Outgoing<Nothing>>> Sandbox::End(Incoming<EndRequest> call) {
  const auto found = runs_.find(call.message.run());
  if (found != runs_.end()) found->second->End(call.message.done() ? WaitReply::END_EXIT : WaitReply::END_ASKED);
  co_return Nothing();
}

Task<Result<Outgoing<ResetReply>>> Sandbox::Reset(Incoming<ResetRequest>) {
  for (auto& [number, run] : runs_) run->End(WaitReply::END_ASKED);
  walls_again_.Stop();
  resting_ = false;
  Renew();
  site_.log().Security("sandbox-reset", {{"interpreter", std::to_string(orders_ ? orders_->interpreter() : 0)}});
  co_return ResetReply();
}

// ---- events from the runtime

void Sandbox::Drain(std::function<void()> done) {
  for (auto& [number, run] : runs_) run->End(WaitReply::END_ASKED);
  done();
}

// Takes the new settings. The spares that are ready have the old limits, so they are ended.
void Sandbox::Reload(const Config& config) {
  settings_ = config.profile();
  EndSpares();
}

// Ends the runs that profile has, because profile is gone. A run is removed by its call of Wait if there is one in
// progress, and otherwise after kUnasked.
void Sandbox::PeerLost(Role role, std::uint32_t) {
  if (role != ROLE_PROFILE) return;
  for (auto& [number, run] : runs_) {
    if (run->leased) run->End(WaitReply::END_ASKED);
  }
}

const RoleSpec kSandboxRole = {
    .role = ROLE_SANDBOX,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Sandbox>(site); },
    .prepare = StartInterpreter,
};

}  // namespace zoobar
