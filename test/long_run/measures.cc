#include "long_run/measures.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "live_site/processes.h"

namespace zoobar::long_run {
namespace {

constexpr std::chrono::milliseconds kSettle{1000}, kStep{250};
constexpr int kSteps = 8;
constexpr const char* kStores[] = {"auth", "bank", "course", "honeychecker", "keys", "notary", "profile"};

// The number after "NAME:" at the beginning of a line; 0 if there is none.
std::uint64_t FieldOf(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name + ":");
  return at == text.npos ? 0 : std::strtoull(text.c_str() + std::min(text.size(), at + name.size() + 1), nullptr, 10);
}

void Add(Part& part, pid_t pid) {
  const std::string memory = ReadWhole(Proc(pid, "smaps_rollup"));
  const std::uint64_t pss = FieldOf(memory, "Pss");
  if (pss == 0) return;  // it has ended
  std::error_code gone;
  const std::filesystem::directory_iterator all(Proc(pid, "fd"), gone);
  ++part.processes;
  part.descriptors += gone ? 0 : static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
  part.threads += FieldOf(ReadWhole(Proc(pid, "status")), "Threads");
  part.anonymous_kib += FieldOf(memory, "Pss_Anon");
  part.pss_kib += pss;
}

void KeepLeast(Part& least, const Part& now) {
  for (std::uint64_t Part::* field :
       {&Part::processes, &Part::descriptors, &Part::threads, &Part::anonymous_kib, &Part::pss_kib})
    least.*field = std::min(least.*field, now.*field);
}

void MeasureFiles(const std::string& state, Measures& measures) {
  namespace fs = std::filesystem;
  std::error_code gone;
  for (const auto& entry : fs::recursive_directory_iterator(state, gone)) {
    if (!entry.is_regular_file(gone)) continue;
    const std::uint64_t bytes = entry.file_size(gone);
    const fs::path path = entry.path();
    if (gone || path.parent_path().filename() == "store") continue;
    const std::string name = path.filename();
    const std::size_t end = name.find(".log");
    if (path.parent_path().filename() == "log" && end != name.npos) {
      measures.logs[name.substr(0, end)] += bytes;
    } else {
      measures.other_bytes += bytes;
    }
  }
}

}  // namespace

std::map<std::string, Part> MeasureParts(const LiveSite& site) {
  std::map<std::string, Part> parts;
  Add(parts["master"], site.master());
  std::vector<pid_t> roles = {site.master()};
  for (const RoleProcess& role : site.Roles()) {
    Add(parts[role.name], role.pid);
    roles.push_back(role.pid);
  }
  Part& programs = parts["programs"];
  for (const pid_t pid : AllProcesses()) {
    const std::uint32_t uid = UidOf(pid);
    if (uid < site.id_base() || uid >= site.id_base() + TestIds::kSize) continue;
    if (std::ranges::find(roles, pid) == roles.end()) Add(programs, pid);
  }
  return parts;
}

Measures MeasureCalm(const LiveSite& site) {
  std::this_thread::sleep_for(kSettle);
  Measures measures;
  measures.parts = MeasureParts(site);
  for (int step = 0; step < kSteps; ++step) {
    std::this_thread::sleep_for(kStep);
    for (const auto& [name, part] : MeasureParts(site)) {
      const auto found = measures.parts.find(name);
      if (found == measures.parts.end()) {
        measures.parts[name] = part;
      } else {
        KeepLeast(found->second, part);
      }
    }
  }
  for (const char* store : kStores) {
    const Result<StoreState> state = StateOf(site.state() + "/" + store + "/store");
    if (state.ok()) measures.stores[store] = *state;
  }
  MeasureFiles(site.state(), measures);
  const std::string verified = site.Ctl({"verify"}).output, mark = " accounts, ";
  const std::size_t at = verified.find(mark);
  if (at != verified.npos) measures.entries = std::strtoull(verified.c_str() + at + mark.size(), nullptr, 10);
  return measures;
}

}  // namespace zoobar::long_run
