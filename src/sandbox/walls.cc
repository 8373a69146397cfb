#include "sandbox/walls.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <initializer_list>
#include <string>
#include <utility>

#include "confine/jail.h"
#include "confine/landlock.h"
#include "confine/namespaces.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/descriptors.h"
#include "ipc/fd.h"
#include "sandbox/scratch.h"

namespace zoobar {
namespace {

// <linux/mount.h> clashes with <sys/mount.h> of glibc 2.36: its few values are spelled here.
constexpr unsigned kNoSuid = 0x2, kNoDev = 0x4, kNoExec = 0x8;  // MOUNT_ATTR_*
constexpr unsigned kEmptyPath = 0x4;                            // MOVE_MOUNT_F_EMPTY_PATH
constexpr unsigned kClone = 1;                                  // OPEN_TREE_CLONE
constexpr std::uint64_t kWallInodes = 4;                        // the root and the way to the library
constexpr int kNoneYet = -1, kFailed = -2;                      // in place of a listener
constexpr std::size_t kSenderStack = 64 << 10;
constexpr std::uint64_t kOpenFiles = 64, kProcesses = 8, kSignals = 64, kStack = 8 << 20;

// nosuid, nodev, noexec: what a program writes is never run by the kernel, nor mapped to be.
Result<Fd> MakeRoot(const Order& order) {
  const std::string id = std::to_string(order.id);
  return MakeTmpfs({{"size", std::to_string(order.limits.files_bytes)},
                    {"nr_inodes", std::to_string(order.limits.files_inodes + kWallInodes)},
                    {"mode", "700"},
                    {"uid", id},
                    {"gid", id}},
                   kNoSuid | kNoDev | kNoExec);
}

// Its own id already: the directories are made as the owner of the root.
Status EnterRunRoot(const Fd& root) {
  Status status = Step(syscall(SYS_move_mount, root.get(), "", AT_FDCWD, "/run", kEmptyPath), "attach the root");
  if (status) status = Step(chdir("/run"), "enter the root");
  for (const char* directory : {"usr", "usr/lib", "usr/lib/python3.11"}) {
    if (status) status = Step(mkdir(directory, 0755), directory);
  }
  if (!status) return status;
  Fd library(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, kStandardLibrary, kClone | O_CLOEXEC)));
  if (!library) return Error::FromErrno("open_tree of the standard library");
  status = Step(syscall(SYS_move_mount, library.get(), "", AT_FDCWD, kStandardLibrary + 1, kEmptyPath),
                "attach the standard library");
  if (status) status = Step(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  if (status) status = Step(umount2(".", MNT_DETACH), "leave the sandbox's root");
  if (status) status = Step(chdir("/"), "/");
  return status;
}

Status SetRunLimits(const RunLimits& limits, std::uint64_t base) {
  const struct {
    __rlimit_resource what;
    std::uint64_t value;
  } all[] = {
      {RLIMIT_AS, base + limits.memory_bytes},
      {RLIMIT_CPU, limits.cpu_seconds},
      {RLIMIT_FSIZE, limits.files_bytes},
      {RLIMIT_NOFILE, kOpenFiles},
      {RLIMIT_NPROC, kProcesses},
      {RLIMIT_SIGPENDING, kSignals},
      {RLIMIT_STACK, kStack},
      {RLIMIT_CORE, 0},
      {RLIMIT_MEMLOCK, 0},
      {RLIMIT_MSGQUEUE, 0},
  };
  for (const auto& limit : all) {
    const rlimit value{limit.value, limit.value};
    if (setrlimit(limit.what, &value) != 0) return Error::FromErrno("a run's limits");
  }
  return {};
}

Status GiveUpCapabilities() {
  Status status = Step(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient capabilities");
  return status ? KeepCapabilities(0) : status;
}

// Installs the filter and hands its listener out. The filter refuses sendmsg(2) from its first moment, but holds this
// thread alone: another one, begun before and gone after, does the sending. So nobody needs the power to look into a
// run (CAP_SYS_PTRACE) for it.
Status InstallFilter(const std::vector<sock_filter>& filter, const Fd& root) {
  struct Shared {
    std::atomic<int> listener{kNoneYet};
    int root;
    bool sent = false;
  } shared;
  shared.root = root.get();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kSenderStack);
  pthread_t sender;
  const int begun = pthread_create(
      &sender, &attributes,
      [](void* pointer) -> void* {
        Shared& told = *static_cast<Shared*>(pointer);
        told.listener.wait(kNoneYet);
        if (told.listener >= 0) {
          const char byte = 'w';
          const int fds[] = {told.root, told.listener};
          told.sent = SendWithDescriptors(kRunGate, {&byte, 1}, fds) == 1;
        }
        return nullptr;
      },
      &shared);
  pthread_attr_destroy(&attributes);
  if (begun != 0) return Error{"no thread to send a run's listener"};
  const Result<Fd> listener = InstallRunFilter(filter);
  shared.listener = listener.ok() ? listener->get() : kFailed;
  shared.listener.notify_one();
  pthread_join(sender, nullptr);
  if (!listener.ok()) return listener.error();
  if (!shared.sent) return Error{"a run's listener could not be sent"};
  return {};
}

Status PassGate() {
  char byte = 0;
  if (read(kRunGate, &byte, 1) != 1) return Error{"the gate stays shut"};
  close(kRunGate);
  return {};
}

}  // namespace

std::uint64_t AddressSpace() {
  rlimit saved;
  if (getrlimit(RLIMIT_AS, &saved) != 0) Die("RLIMIT_AS");
  // The least limit under which one more page can be had.
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t low = 0, high = std::uint64_t{1} << 46;
  while (high - low > page) {
    const std::uint64_t middle = low + (high - low) / 2;
    const rlimit limit{middle, saved.rlim_max};
    if (setrlimit(RLIMIT_AS, &limit) != 0) Die("RLIMIT_AS");
    void* const more = mmap(nullptr, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) {
      low = middle;
    } else {
      munmap(more, page);
      high = middle;
    }
  }
  if (setrlimit(RLIMIT_AS, &saved) != 0) Die("RLIMIT_AS");
  return high;
}

Status EnterWalls(const Order& order, const RunGround& ground) {
  umask(022);
  Result<Fd> root = ground.scratch ? Fd() : MakeRoot(order);
  if (!root) return root.error();
  Status status;
  if (ground.scratch) {
    status = EnterScratch(kScratchFd);
    close(kScratchFd);
    root = Fd(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  // A process group is the one thing a pid namespace leaves shared: kill(0, SIGCONT) would reach all of it, whatever
  // their ids. No session of its own: by sessions the kernel shares the processor out (sched(7), autogroup), and each
  // run would have as much of it as a role, SCHED_IDLE or not.
  if (status) status = Step(setpgid(0, 0), "setpgid");
  if (status) status = TakeIds(order.id, order.id, {});
  if (status && !ground.scratch) status = EnterRunRoot(*root);
  if (status) status = GiveUpCapabilities();
  // With the supervisor goes every run; where a run is init of a pid namespace this is a second reason.
  if (status) status = Step(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  if (status) status = Step(prctl(PR_SET_DUMPABLE, 0), "PR_SET_DUMPABLE");
  if (status) status = RestrictWithLandlock({{"/", LandlockUse::kHome}});
  const sched_param none{};
  if (status) status = Step(sched_setscheduler(0, SCHED_IDLE, &none), "SCHED_IDLE");
  if (status) status = SetRunLimits(order.limits, ground.base);
  if (status) status = InstallFilter(ground.filter, *root);
  return status ? PassGate() : status;
}

}  // namespace zoobar
