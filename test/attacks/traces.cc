#include "attacks/traces.h"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "ipc/fd.h"

namespace zoobar {
namespace {

std::size_t EntriesOf(const std::string& directory) {
  std::error_code ignored;
  const std::filesystem::directory_iterator entries(directory, ignored);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// Empty if the kernel has no autogroups.
std::string Autogroup(pid_t process) { return ReadWhole(Proc(process, "autogroup")); }

// The shared memory, semaphores and queues of the IPC namespace, which runs share with the sandbox. A thread of its own
// joins the namespace and ends.
std::string SharedMemoryOf(pid_t process) {
  std::string seen;
  std::thread([&] {
    const Fd space(open(Proc(process, "ns/ipc").c_str(), O_RDONLY | O_CLOEXEC));
    if (setns(space.get(), CLONE_NEWIPC) != 0) return;
    for (const char* kind : {"shm", "sem", "msg"}) seen += ReadWhole(std::string("/proc/sysvipc/") + kind);
  }).join();
  return seen;
}

// A run that waits for its program is a child of the sandbox, init of its own pid namespace, and alone in it. It shares
// the sandbox's part of the processor, where the kernel gives each session a part of its own.
std::string SpareOrWhat(pid_t pid, pid_t parent, pid_t sandbox) {
  const std::string pids = StatusField(pid, "NSpid");
  const bool reads_program = ReadWhole(Proc(pid, "syscall")).starts_with("0 0x3 ");
  const bool shares_processor = Autogroup(pid) == Autogroup(sandbox);
  if (parent == sandbox && pids.ends_with("\t1") && StatusField(pid, "Threads") == "1" && reads_program &&
      shares_processor) {
    return kSpare;
  }
  return "process " + std::to_string(pid) + " of " + std::to_string(parent) + ", " + pids;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Traces& traces) {
  for (const auto& [pid, count] : traces.descriptors)
    out << "process " << pid << ": " << count << " descriptors, " << traces.threads.at(pid) << " threads, "
        << traces.mounts.at(pid) << " mounts\n";
  for (const std::string& spare : traces.spares) out << "with an id of the pool: " << spare << "\n";
  return out << traces.shared_memory;
}

Traces TracesOn(const LiveSite& site) {
  Traces traces;
  const pid_t sandbox = site.PidOf("sandbox");
  std::vector<pid_t> watched = {sandbox, site.PidOf("profile")};
  for (const pid_t pid : AllProcesses()) {
    const std::uint32_t uid = UidOf(pid);
    const auto parent = std::atoi(StatusField(pid, "PPid").c_str());
    if (uid >= site.id_base() + kPoolBegins && uid < site.id_base() + TestIds::kSize) {
      traces.spares.push_back(SpareOrWhat(pid, parent, sandbox));
    } else if (parent == sandbox && sandbox > 0) {
      watched.push_back(pid);
    }
  }
  for (const pid_t pid : watched) {
    traces.descriptors[pid] = EntriesOf(Proc(pid, "fd"));
    traces.threads[pid] = EntriesOf(Proc(pid, "task"));
    const std::string mounts = ReadWhole(Proc(pid, "mountinfo"));
    traces.mounts[pid] = std::count(mounts.begin(), mounts.end(), '\n');
  }
  traces.shared_memory = SharedMemoryOf(sandbox);
  return traces;
}

}  // namespace zoobar
