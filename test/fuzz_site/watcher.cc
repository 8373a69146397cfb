#include "fuzz_site/watcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "live_site/processes.h"

namespace zoobar::fuzz_site {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{500};
constexpr milliseconds kCalmStep{250}, kCalmFor{1500}, kCalmPatience{30000};
constexpr std::uint32_t kPool = 100;  // from id_base; the ids of runs begin here

// Between two calm moments descriptors may only differ by the few files that dispatcher keeps open for its cache, and by
// the runs that sandbox has ready.
constexpr std::size_t kMoreDescriptors = 6;
// A heap keeps what was once needed at the same time, and tables of principals and sessions are bounded but fill slowly.
// Measured over 500,000 requests: less than 1 MiB. app is different. Its largest pages are downloads of a member's
// journal, and journals grow during a run, until a download has its most entries: its heap grew by 9 MiB. So a run of a
// million requests finds a leak of 4 bytes for each of them, and in app one of 17.
constexpr std::uint64_t kMoreKib = 4096, kMoreKibOfApp = 16384;

std::uint64_t MoreMemory(const std::string& role) { return role == "app" ? kMoreKibOfApp : kMoreKib; }

std::size_t DescriptorsOf(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator all(Proc(pid, "fd"), gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string NameOf(pid_t pid) {
  std::string name = ReadWhole(Proc(pid, "comm"));
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

}  // namespace

RoleFigures Sum(const Figures& figures) {
  RoleFigures sum;
  for (const auto& [name, role] : figures) {
    sum.processes += role.processes;
    sum.descriptors += role.descriptors;
    sum.zombies += role.zombies;
    sum.memory_kib += role.memory_kib;
  }
  return sum;
}

std::string Table(const Figures& before, const Figures& after) {
  std::string table =
      "  role            processes   descriptors   memory (KiB), after half of the run and at its end\n";
  for (const auto& [name, now] : after) {
    const auto found = before.find(name);
    const RoleFigures then = found == before.end() ? RoleFigures() : found->second;
    table += fmt::format("  {:<14} {:>4} {:>4}   {:>5} {:>5}   {:>8} {:>8}\n", name, then.processes, now.processes,
                         then.descriptors, now.descriptors, then.memory_kib, now.memory_kib);
  }
  return table;
}

std::vector<std::string> Growth(const Figures& before, const Figures& after) {
  std::vector<std::string> grown;
  for (const auto& [name, now] : after) {
    if (now.zombies > 0)
      grown.push_back(fmt::format("{} has {} ended processes that nobody waits for", name, now.zombies));
    const auto found = before.find(name);
    if (name == kRuns || found == before.end()) continue;
    const RoleFigures& then = found->second;
    if (now.processes != then.processes)
      grown.push_back(fmt::format("{} had {} processes and has {}", name, then.processes, now.processes));
    if (now.descriptors > then.descriptors + kMoreDescriptors)
      grown.push_back(fmt::format("{} had {} descriptors and has {}", name, then.descriptors, now.descriptors));
    if (now.memory_kib > then.memory_kib + MoreMemory(name))
      grown.push_back(fmt::format("{} had {} KiB of memory and has {}", name, then.memory_kib, now.memory_kib));
  }
  return grown;
}

Watcher::Watcher(const LiveSite& site, Verdict& verdict) : site_(site), verdict_(verdict), roles_(site.Roles()) {
  thread_ = std::thread([this] {
    while (!stop_ && verdict_.go_on()) {
      Look();
      std::this_thread::sleep_for(kLook);
    }
  });
}

Watcher::~Watcher() {
  stop_ = true;
  thread_.join();
}

void Watcher::Look() {
  const std::vector<RoleProcess> now = site_.Roles();
  for (const RoleProcess& role : roles_) {
    const auto same = [&role](const RoleProcess& other) { return other.pid == role.pid; };
    if (std::none_of(now.begin(), now.end(), same))
      verdict_.Fault(fmt::format("{} ({}) has ended", role.name, role.pid));
  }
  if (!IsAlive(site_.master())) verdict_.Fault("the master has ended");
  const std::string alarms = site_.Log("alarms");
  if (!alarms.empty()) verdict_.Fault("alarms: " + alarms.substr(0, 4096));
}

Figures Watcher::Measure() const {
  Figures figures;
  const std::uint32_t base = site_.id_base();
  for (const pid_t pid : AllProcesses()) {
    const std::uint32_t uid = UidOf(pid);
    if (uid < base || uid >= base + TestIds::kSize) continue;
    RoleFigures& role = figures[uid >= base + kPool ? kRuns : NameOf(pid)];
    ++role.processes;
    if (!IsAlive(pid)) ++role.zombies;
    role.descriptors += DescriptorsOf(pid);
    role.memory_kib += std::strtoull(StatusField(pid, "RssAnon").c_str(), nullptr, 10);
  }
  return figures;
}

Figures Watcher::MeasureCalm() const {
  Figures figures = Measure();
  milliseconds unchanged{0};
  for (milliseconds waited{0}; waited < kCalmPatience && unchanged < kCalmFor; waited += kCalmStep) {
    std::this_thread::sleep_for(kCalmStep);
    Figures next = Measure();
    const RoleFigures then = Sum(figures), now = Sum(next);
    const bool same = then.descriptors == now.descriptors && now.zombies == 0;
    unchanged = same ? unchanged + kCalmStep : milliseconds(0);
    figures = std::move(next);
  }
  return figures;
}

}  // namespace zoobar::fuzz_site
