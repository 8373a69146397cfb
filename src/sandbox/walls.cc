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
#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confine/packages.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/descriptors.h"
#include "ipc/fd.h"
#include "ipc/try.h"
#include "sandbox/scratch.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kWallInodes = 9;    // the root, six directories for mounts, /data and /tmp
constexpr int kNoneYet = -1, kFailed = -2;  // values in the place of a listener's descriptor
constexpr std::size_t kSenderStack = 64 << 10;
constexpr std::uint64_t kOpenFiles = 64, kProcesses = 8, kSignals = 64, kStack = 8 << 20;

// Makes the tmpfs that becomes the run's root. It is nosuid, nodev and noexec, so that the kernel neither executes a
// file that a program writes nor maps it as code.
Result<Fd> MakeRoot(const Order& order, const WallSettings& settings) {
  const std::string id = std::to_string(order.id);
  // With packages there are also usr/packages, and the folders with their data in usr/share.
  const std::uint64_t of_packages = settings.packages ? 1 + settings.package_data.size() : 0;
  return MakeTmpfs({{"size", std::to_string(order.limits.files_bytes)},
                    {"nr_inodes", std::to_string(order.limits.files_inodes + kWallInodes + of_packages)},
                    {"mode", "700"},
                    {"uid", id},
                    {"gid", id}},
                   kAttrNoSuid | kAttrNoDev | kAttrNoExec);
}

// Attaches a folder of the sandbox's root at the same path below the working directory. A folder that is a mount of its
// own is moved, because this process has a copy of all mounts already. The standard library is a part of another mount.
Status Attach(std::string_view folder) {
  const std::string here(folder), there = "/" + here;
  if (there != kStandardLibrary)
    return Step(syscall(SYS_move_mount, AT_FDCWD, there.c_str(), AT_FDCWD, here.c_str(), 0), "move " + there);
  const Fd mount(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, there.c_str(), kOpenTreeClone | kOpenTreeCloexec)));
  if (!mount) return Error::FromErrno("open_tree " + there);
  return Step(syscall(SYS_move_mount, mount.get(), "", AT_FDCWD, here.c_str(), kEmptyPath), "attach " + there);
}

// Makes `root` the root of this process, with the mounted folders in it. The process must have changed to the run's id
// before, because only the owner of `root` may make directories in it.
Status EnterRunRoot(const Fd& root, const WallSettings& settings) {
  TRY_STATUS(Step(syscall(SYS_move_mount, root.get(), "", AT_FDCWD, "/run", kEmptyPath), "attach the root"));
  TRY_STATUS(Step(chdir("/run"), "enter the root"));
  for (const char* directory :
       {"usr", "usr/lib", "usr/lib/python" ZOOBAR_PYTHON, "usr/share", "usr/share/zoneinfo", "dev"})
    TRY_STATUS(Step(mkdir(directory, 0755), directory));
  for (const std::string_view folder : kMountedFolders) TRY_STATUS(Attach(folder));
  if (settings.packages) TRY_STATUS(MovePackages(settings.package_data));
  TRY_STATUS(Step(syscall(SYS_pivot_root, ".", "."), "pivot_root"));
  TRY_STATUS(Step(umount2(".", MNT_DETACH), "leave the sandbox's root"));
  return Step(chdir("/"), "/");
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
  TRY_STATUS(Step(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient capabilities"));
  return KeepCapabilities(0);
}

// A thread that sends a run's root and its filter's listener through the gate. It is started before the filter is
// installed, and ends before the run passes the gate. From its first moment the filter refuses sendmsg(2), but only to
// the thread that installs it, so this other thread can send. Without it, another process would have to fetch the
// listener, and would need the power to look into a run (CAP_SYS_PTRACE).
class ListenerSender {
 public:
  explicit ListenerSender(const Fd& root) : root_(root.get()) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kSenderStack);
    started_ = pthread_create(&thread_, &attributes, &Main, this) == 0;
    pthread_attr_destroy(&attributes);
  }

  bool started() const { return started_; }

  // Sends the listener and waits until the thread has ended. If `listener` is kFailed, nothing is sent. Returns false
  // if nothing was sent.
  bool Finish(int listener) {
    listener_ = listener;
    listener_.notify_one();
    pthread_join(thread_, nullptr);
    return sent_;
  }

 private:
  static void* Main(void* self) {
    static_cast<ListenerSender*>(self)->Send();
    return nullptr;
  }

  void Send() {
    listener_.wait(kNoneYet);
    if (listener_ < 0) return;
    const char byte = 'w';
    const int fds[] = {root_, listener_};
    sent_ = SendWithDescriptors(kRunGate, {&byte, 1}, fds) == 1;
  }

  const int root_;
  std::atomic<int> listener_{kNoneYet};
  bool sent_ = false, started_ = false;
  pthread_t thread_{};
};

Status InstallFilter(const std::vector<sock_filter>& filter, const Fd& root) {
  ListenerSender sender(root);
  if (!sender.started()) return Error{"no thread to send a run's listener"};
  Result<Fd> listener = InstallRunFilter(filter);
  const bool sent = sender.Finish(listener.ok() ? listener->get() : kFailed);
  if (!listener.ok()) return std::move(listener).TakeError();
  if (!sent) return Error{"a run's listener could not be sent"};
  return {};
}

Status PassGate() {
  char byte = 0;
  if (read(kRunGate, &byte, 1) != 1) return Error{"the supervisor closed the gate"};
  close(kRunGate);
  return {};
}

}  // namespace

std::uint64_t AddressSpace() {
  rlimit saved;
  if (getrlimit(RLIMIT_AS, &saved) != 0) Die("RLIMIT_AS");
  // Searches for the lowest limit under which one more page can be mapped.
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

Status EnterWalls(const Order& order, const WallSettings& settings) {
  umask(022);
  Fd root;
  if (settings.scratch) {
    TRY_STATUS(EnterScratch(kScratchFd));
    close(kScratchFd);
    root = Fd(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  } else {
    TRY(root, MakeRoot(order, settings));
  }
  // Without setpgid all runs would be in one process group, even with pid namespaces. Then kill(0, SIGCONT) in one run
  // would reach the others, although their ids differ. So each run gets a process group of its own. But it gets no
  // session of its own, because the kernel divides processor time among sessions (sched(7), autogroup). With its own
  // session, a run would get as much processor time as a role, even with SCHED_IDLE.
  TRY_STATUS(Step(setpgid(0, 0), "setpgid"));
  TRY_STATUS(TakeIds(order.id, order.id, {}));
  if (!settings.scratch) TRY_STATUS(EnterRunRoot(root, settings));
  TRY_STATUS(GiveUpCapabilities());
  // With this setting the kernel kills the run when the supervisor ends. A run in a pid namespace would be killed
  // anyway.
  TRY_STATUS(Step(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG"));
  TRY_STATUS(Step(prctl(PR_SET_DUMPABLE, 0), "PR_SET_DUMPABLE"));
  TRY_STATUS(RestrictWithLandlock({{"/", LandlockUse::kHome}}));
  const sched_param none{};
  TRY_STATUS(Step(sched_setscheduler(0, SCHED_IDLE, &none), "SCHED_IDLE"));
  TRY_STATUS(SetRunLimits(order.limits, settings.base));
  TRY_STATUS(InstallFilter(settings.filter, root));
  return PassGate();
}

}  // namespace zoobar
