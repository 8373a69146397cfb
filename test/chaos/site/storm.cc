#include "chaos/site/storm.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "chaos/site/member.h"

namespace zoobar::chaos {
namespace {

constexpr const char* kFiltersOfARole = "3";  // two of the master and its own
constexpr std::int64_t kSecond = 1'000'000, kHour = 3600 * kSecond;
// Sessions live for 14 days, so no clock is as wrong as that.
constexpr std::int64_t kMostShift = 6 * 24 * kHour;

bool IsReady(const RoleProcess& role) { return StatusField(role.pid, "Seccomp_filters") == kFiltersOfARole; }

rlim_t AddressSpace(pid_t pid) {
  return static_cast<rlim_t>(std::strtoull(StatusField(pid, "VmSize").c_str(), nullptr, 10)) << 10;
}

// The lowest number that no descriptor has. With this limit the process can have no other one.
rlim_t FreeDescriptor(pid_t pid) {
  std::error_code ignored;
  std::set<rlim_t> taken;
  for (const auto& entry : std::filesystem::directory_iterator(Proc(pid, "fd"), ignored)) {
    taken.insert(std::strtoull(entry.path().filename().c_str(), nullptr, 10));
  }
  rlim_t lowest = 0;
  while (taken.contains(lowest)) ++lowest;
  return lowest;
}

}  // namespace

Moment Storm::Now() { return chaos::Now(); }

std::int64_t Storm::Between(std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

void Storm::SleepBetween(int shortest_ms, int longest_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(Between(shortest_ms, longest_ms)));
}

void Storm::AwaitRoles() {
  std::size_t ready = 0;
  const bool all = Eventually([&] {
    const std::vector<RoleProcess> roles = site_.Roles();
    ready = static_cast<std::size_t>(std::ranges::count_if(roles, IsReady));
    processes_ = std::max(processes_, ready);
    return ready == processes_;
  });
  if (!all) faults_.push_back(fmt::format("only {} of {} roles are there after a minute", ready, processes_));
}

RoleProcess Storm::AnyRole() {
  const std::vector<RoleProcess> roles = site_.Roles();
  if (roles.empty()) return {};
  return roles[static_cast<std::size_t>(Between(0, static_cast<std::int64_t>(roles.size()) - 1))];
}

RoleProcess Storm::OneOf(const std::vector<std::string>& names) {
  const std::string& name = names[static_cast<std::size_t>(Between(0, static_cast<std::int64_t>(names.size()) - 1))];
  return {name, site_.PidOf(name)};
}

bool Storm::Disturb(Kind kind) {
  AwaitRoles();
  const std::vector<RoleProcess> before = site_.Roles();
  const auto act = [&] {
    switch (kind) {
      case Kind::kKill:
        return Kill();
      case Kind::kStop:
        return Stop();
      case Kind::kDisk:
        return FailDisk();
      case Kind::kClock:
        return StepClock();
      case Kind::kDescriptors:
        return LowerDescriptors();
      case Kind::kMemory:
        return LowerMemory();
    }
    return false;
  };
  const bool done = act();
  if (kind == Kind::kKill) return done;
  const auto has_ended = [](const RoleProcess& role) { return !IsAlive(role.pid); };
  for (const RoleProcess& role : before) {
    if (!has_ended(role)) continue;
    ++ended_[kind];
    if (kind == Kind::kClock || kind == Kind::kStop) {
      faults_.push_back(fmt::format("{} ended although only {} of it was disturbed", role.name,
                                    kind == Kind::kClock ? "the clock" : "the running"));
    }
  }
  return done;
}

// Kills one role, sometimes two at once.
bool Storm::Kill() {
  const RoleProcess role = AnyRole();
  const Moment begin = Now();
  if (role.pid == 0 || kill(role.pid, SIGKILL) != 0) return false;
  Eventually([&] { return !IsAlive(role.pid); });
  AwaitRoles();
  Note(Kind::kKill, begin, role.name);
  SleepBetween(20, 250);
  return true;
}

// Mostly shorter than the deadlines of calls, sometimes longer (Method::kDefaultDeadline).
bool Storm::Stop() {
  const RoleProcess role = AnyRole();
  if (role.pid == 0) return false;
  const Moment begin = Now();
  const std::int64_t dice = Between(0, 99);
  if (kill(role.pid, SIGSTOP) != 0) return false;
  if (dice < 70) {
    SleepBetween(2, 400);
  } else if (dice < 95) {
    SleepBetween(400, 2500);
  } else {
    SleepBetween(5100, 7000);
  }
  kill(role.pid, SIGCONT);
  Note(Kind::kStop, begin, role.name);
  SleepBetween(50, 300);
  return true;
}

FaultPage Storm::AnyDiskFault() {
  FaultPage page;
  page.skip = static_cast<std::uint32_t>(Between(0, 6));
  page.count = static_cast<std::uint32_t>(Between(1, 8));
  switch (Between(0, 5)) {
    case 0:
      page.calls = kWrites;
      page.error = ENOSPC;
      page.count = static_cast<std::uint32_t>(Between(1, 40));
      break;
    case 1:
      page.calls = kWrites;
      page.error = EIO;
      break;
    case 2:
      page.calls = kSyncs;
      page.error = EIO;
      page.done_first = static_cast<std::uint32_t>(Between(0, 1));
      break;
    case 3:
      page.calls = kMetaWrites;
      page.skip = static_cast<std::uint32_t>(Between(0, 2));
      page.count = 1;
      page.error = EIO;
      page.done_first = static_cast<std::uint32_t>(Between(0, 1));
      break;
    case 4:
      page.calls = kWrites;
      page.only_half = 1;
      break;
    default:
      page.calls = kWrites | kSyncs;
      page.count = static_cast<std::uint32_t>(Between(5, 60));
      page.delay_us = static_cast<std::uint32_t>(Between(1000, 60'000));
  }
  return page;
}

bool Storm::LoseCommit() {
  FaultPage page;
  page.calls = kMetaWrites;
  page.count = 1;
  page.lie = 1;
  const pid_t bank = site_.PidOf("bank");
  const Moment begin = Now();
  if (bank == 0 || !pages_.Write(bank, page)) return false;
  std::uint32_t made = 0;
  Eventually([&] { return (made = pages_.Made(bank).value_or(0)) > 0 || Now() > begin + 2 * kSecond; });
  return made > 0;
}

// The disk of one role fails or is slow until so many of its calls were hit, at most for a second. In one of four cases
// the role is killed meanwhile.
bool Storm::FailDisk() {
  const RoleProcess role = OneOf({"bank", "bank", "bank", "bank", "auth", "auth", "profile", "honeychecker", "notary",
                                  "keys", "logger", "logger"});
  const FaultPage page = AnyDiskFault();
  const bool killed = Between(0, 3) == 0;
  const Moment begin = Now();
  if (role.pid == 0 || !pages_.Write(role.pid, page)) return false;
  std::uint32_t made = 0;
  bool ended = false;
  for (const Moment until = begin + kSecond; !ended && made < page.count && Now() < until;) {
    SleepBetween(1, 10);
    const auto now = pages_.Made(role.pid);
    ended = !now;
    made = now.value_or(made);
    if (killed && made > 0) kill(role.pid, SIGKILL);
  }
  if (!ended) pages_.Write(role.pid, {});
  AwaitRoles();
  // A fault of the meta page ends the role at once, before its page could be read.
  if (made == 0 && !ended) return false;
  Note(Kind::kDisk, begin, role.name);
  SleepBetween(20, 200);
  return true;
}

void Storm::SetClocks() {
  const rlimit limit{clock_us_ == 0 ? RLIM_INFINITY : static_cast<rlim_t>(clock_us_ + kClockInLimit), RLIM_INFINITY};
  prlimit(site_.master(), RLIMIT_RTTIME, &limit, nullptr);
  pages_.SetClock(site_.master(), clock_us_);
  for (const RoleProcess& role : site_.Roles()) pages_.SetClock(role.pid, clock_us_);
}

bool Storm::StepClock() {
  const Moment begin = Now();
  constexpr std::array<std::int64_t, 5> kSteps = {2 * kSecond, 40 * kSecond, kHour, 24 * kHour, 3 * 24 * kHour};
  const std::int64_t most = kSteps[static_cast<std::size_t>(Between(0, kSteps.size() - 1))];
  std::int64_t step = Between(most / 2, most) * (Between(0, 1) == 0 ? 1 : -1);
  if (std::abs(clock_us_ + step) > kMostShift) step = -step;
  clock_us_ = Between(0, 9) == 0 ? 0 : clock_us_ + step;
  SetClocks();
  SleepBetween(100, 400);
  SetClocks();  // for a process that was just being started
  Note(Kind::kClock, begin, "all");
  return true;
}

void Storm::Calm() {
  clock_us_ = 0;
  SetClocks();
  AwaitRoles();
  SetClocks();
}

bool Storm::LowerDescriptors() {
  const RoleProcess role = AnyRole();
  const Moment begin = Now();
  {
    const LoweredLimit limit(role.pid, RLIMIT_NOFILE, FreeDescriptor(role.pid) + static_cast<rlim_t>(Between(0, 2)));
    if (role.pid == 0 || !limit.lowered()) return false;
    SleepBetween(50, 800);
  }
  AwaitRoles();
  Note(Kind::kDescriptors, begin, role.name);
  SleepBetween(50, 200);
  return true;
}

bool Storm::LowerMemory() {
  const RoleProcess role = AnyRole();
  const Moment begin = Now();
  {
    const LoweredLimit limit(role.pid, RLIMIT_AS, AddressSpace(role.pid) + static_cast<rlim_t>(Between(0, 64)) * 4096);
    if (role.pid == 0 || !limit.lowered()) return false;
    SleepBetween(50, 800);
  }
  AwaitRoles();
  Note(Kind::kMemory, begin, role.name);
  SleepBetween(50, 200);
  return true;
}

}  // namespace zoobar::chaos
