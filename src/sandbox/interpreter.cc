#include "sandbox/interpreter.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <linux/capability.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "confine/jail.h"
#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confine/packages.h"
#include "confine/seccomp.h"
#include "ipc/descriptors.h"
#include "ipc/frame.h"
#include "ipc/result.h"
#include "sandbox.pb.h"
#include "sandbox/files.h"
#include "sandbox/scratch.h"
#include "sandbox/walls.h"

namespace zoobar {
namespace {

// After this many warm-ups, CPython's caches and specialised code do not change any more. So all runs share the memory
// pages that hold them.
constexpr int kWarmings = 32;
// The environment of every run, which it has from the interpreter. Libraries ask for these variables. If one is missing,
// they look for the answer elsewhere, for example in /etc/passwd. USER and LOGNAME are the same for all programs: the id
// of a run has no name.
constexpr const char* kEnvironment[] = {"HOME=/data", "LANG=C.UTF-8", "LOGNAME=program", "PATH=/usr/bin:/bin",
                                        "PWD=/",      "TMPDIR=/tmp",  "TZ=UTC",          "USER=program",
                                        nullptr};
// Makes the dynamic loader find all functions of all libraries when the interpreter starts. Otherwise each run would find
// those that it is the first to call. Runs do not see this variable.
constexpr const char* kBindNow = "LD_BIND_NOW=1";
constexpr int kRunDescriptors = 4;  // an order kRun comes with standard output, standard error, socket and gate

// The library libpython. Only the interpreter loads it, and no role has it in its memory.
class Python {
 public:
  // If `compiled` is true, also loads all compiled modules of the standard library. If `packages` is true, also
  // prepares the modules of Debian packages, and loads those that the operator wants to be loaded beforehand.
  Python(bool compiled, bool packages) {
    library_ = dlopen(kPythonLibrary, RTLD_NOW | RTLD_GLOBAL);
    if (!library_) Die("interpreter: {}", dlerror());
    FindWhatRunsCall();
    Start();
    LoadPrelude();
    if (compiled && !Call("load_compiled")) Complain("load_compiled");
    if (packages) LoadPackages();
    // What Python does after a fork is warmed up too. Its steps may be repeated in a process with one thread.
    for (int i = 0; i < kWarmings; ++i) {
      BeforeFork();
      AfterForkInChild();
      Warm();
    }
    if (Find<decltype(PyRun_SimpleStringFlags)>("PyRun_SimpleStringFlags")("import gc\ngc.collect()\ngc.freeze()",
                                                                           nullptr) != 0)
      Complain("gc");
  }

  void BeforeFork() { before_fork_(); }
  void AfterForkInParent() { after_fork_in_parent_(); }
  void AfterForkInChild() { after_fork_in_child_(); }

  // Does once what every run does. Each new run calls Warm again before it gets a program, so that the run already has
  // its own copies of the memory pages that Warm changes.
  void Warm() {
    if (!Call("warm")) Complain("warm");
  }

  // Executes a program. Returns the exit status of the run.
  int Execute(const std::string& source) {
    PyObject* const text = decode_(source.data(), static_cast<Py_ssize_t>(source.size()), "replace");
    PyObject* const status = text ? call_method_(prelude_, "run", "O", text) : nullptr;
    return status ? static_cast<int>(as_long_(status)) : 1;
  }

 private:
  template <typename Function>
  Function* Find(const char* name) {
    void* const symbol = dlsym(library_, name);
    if (!symbol) Die("interpreter: {} has no {}", kPythonLibrary, name);
    return reinterpret_cast<Function*>(symbol);
  }

  // Finds the functions that each run calls. A run that looked for them itself would read the tables of all libraries.
  void FindWhatRunsCall() {
    before_fork_ = Find<decltype(PyOS_BeforeFork)>("PyOS_BeforeFork");
    after_fork_in_parent_ = Find<decltype(PyOS_AfterFork_Parent)>("PyOS_AfterFork_Parent");
    after_fork_in_child_ = Find<decltype(PyOS_AfterFork_Child)>("PyOS_AfterFork_Child");
    call_method_ = Find<decltype(PyObject_CallMethod)>("PyObject_CallMethod");
    decode_ = Find<decltype(PyUnicode_DecodeUTF8)>("PyUnicode_DecodeUTF8");
    as_long_ = Find<decltype(PyLong_AsLong)>("PyLong_AsLong");
  }

  // Starts Python isolated. It reads no environment variables, no site module and no directory of a user. Only the
  // standard library is on its module path.
  void Start() {
    PyPreConfig before;
    Find<decltype(PyPreConfig_InitIsolatedConfig)>("PyPreConfig_InitIsolatedConfig")(&before);
    before.utf8_mode = 1;
    Check(Find<decltype(Py_PreInitialize)>("Py_PreInitialize")(&before));
    PyConfig config;
    Find<decltype(PyConfig_InitIsolatedConfig)>("PyConfig_InitIsolatedConfig")(&config);
    config.site_import = 0;
    config.install_signal_handlers = 0;
    config.write_bytecode = 0;
    config.pathconfig_warnings = 0;
    config.module_search_paths_set = 1;
    for (const wchar_t* path : {L"/usr/lib/python" ZOOBAR_PYTHON, L"/usr/lib/python" ZOOBAR_PYTHON "/lib-dynload"})
      Check(Find<decltype(PyWideStringList_Append)>("PyWideStringList_Append")(&config.module_search_paths, path));
    const auto set = Find<decltype(PyConfig_SetString)>("PyConfig_SetString");
    Check(set(&config, &config.program_name, L"/usr/bin/python3"));
    Check(set(&config, &config.home, L"/usr"));
    Check(set(&config, &config.stdio_encoding, L"utf-8"));
    Check(set(&config, &config.stdio_errors, L"backslashreplace"));
    Check(Find<decltype(Py_InitializeFromConfig)>("Py_InitializeFromConfig")(&config));
    Find<decltype(PyConfig_Clear)>("PyConfig_Clear")(&config);
  }

  void LoadPrelude() {
    Load("zoobar_world", kWorld);
    prelude_ = Load("zoobar", kPrelude);
  }

  PyObject* Load(const char* module, const char* source) {
    PyObject* const code =
        Find<decltype(Py_CompileStringExFlags)>("Py_CompileStringExFlags")(source, module, Py_file_input, nullptr, -1);
    PyObject* const loaded =
        code ? Find<decltype(PyImport_ExecCodeModule)>("PyImport_ExecCodeModule")(module, code) : nullptr;
    if (!loaded) Complain(module);
    return loaded;
  }

  // Some modules need a folder that they can write to while they are loaded. Everything in the interpreter's root is
  // read-only, so it gets a tmpfs for that time. Nothing of it is left for runs.
  void LoadPackages() {
    Fd folder = MustHave(
        MakeTmpfs({{"size", "4m"}, {"nr_inodes", "64"}, {"mode", "700"}}, kAttrNoSuid | kAttrNoDev | kAttrNoExec));
    if (syscall(SYS_move_mount, folder.get(), "", AT_FDCWD, "/run", kEmptyPath) != 0) Die("interpreter: /run");
    folder.Close();
    if (!Call("load_packages")) Complain("load_packages");
    if (umount2("/run", MNT_DETACH) != 0) Die("interpreter: umount of /run");
  }

  bool Call(const char* function) { return call_method_(prelude_, function, nullptr) != nullptr; }

  [[noreturn]] void Complain(const char* step) {
    Find<decltype(PyErr_Print)>("PyErr_Print")();
    Die("interpreter: {} failed", step);
  }

  void Check(const PyStatus& status) {
    if (Find<decltype(PyStatus_Exception)>("PyStatus_Exception")(status))
      Die("interpreter: {}", status.err_msg ? status.err_msg : "Python does not start");
  }

  void* library_ = nullptr;
  PyObject* prelude_ = nullptr;
  decltype(PyOS_BeforeFork)* before_fork_ = nullptr;
  decltype(PyOS_AfterFork_Parent)* after_fork_in_parent_ = nullptr;
  decltype(PyOS_AfterFork_Child)* after_fork_in_child_ = nullptr;
  decltype(PyObject_CallMethod)* call_method_ = nullptr;
  decltype(PyUnicode_DecodeUTF8)* decode_ = nullptr;
  decltype(PyLong_AsLong)* as_long_ = nullptr;
};

// glibc keeps freed memory in lists and sorts it when somebody asks for a large piece. Without this, each run would do
// that, and would copy every page that holds a freed piece.
void SortFreeMemory() {
  void* volatile large = malloc(std::size_t{96} << 10);
  free(large);
}

bool ReadAll(char* place, std::size_t size) {
  while (size > 0) {
    const ssize_t count = read(kRunSocket, place, size);
    if (count <= 0) return false;
    place += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// Reads the program that profile sends. Returns nullopt if profile has closed the socket or sends no valid program.
std::optional<Program> ReadProgram() {
  char length[4];
  if (!ReadAll(length, sizeof length)) return std::nullopt;
  const std::size_t size = frame::Get32(length);
  if (size > kMaxProgramFrame) return std::nullopt;
  std::string bytes(size, '\0');
  std::optional<Program> program(std::in_place);
  if (!ReadAll(bytes.data(), size) || !program->ParseFromString(bytes)) return std::nullopt;
  return program;
}

// Does everything that a run's process does, from its start to its end. Its descriptors must be those of wire.h.
[[noreturn]] void BecomeRun(Python& python, const Order& order, const WallSettings& settings) {
  if (const Status status = EnterWalls(order, settings); !status.ok()) Die("run: {}", status.error().text);
  python.AfterForkInChild();
  python.Warm();
  const std::optional<Program> program = ReadProgram();
  if (!program) _exit(0);
  if (const Status status = LayOut(program->files()); !status.ok()) {
    const std::string line = "The files of the last run could not be restored: " + status.error().text + "\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    _exit(1);
  }
  const int status = python.Execute(program->source());
  if (status == 0) {
    constexpr char kEmptyFrame[4] = {};
    [[maybe_unused]] const ssize_t told = write(kRunSocket, kEmptyFrame, sizeof kEmptyFrame);
  }
  _exit(status);
}

class Interpreter {
 public:
  explicit Interpreter(bool scratch)
      : python_(scratch, !scratch && HasPackages("")),
        wall_settings_{scratch, AddressSpace(), !scratch && HasPackages(""),
                       scratch ? std::vector<std::string>() : MustHave(PackageDataFolders("")),
                       MustHave(MakeRunFilter())} {
    if (scratch) MustSucceed(SweepScratch(kScratchFd));
    SortFreeMemory();
    Tell(Answer::Kind::kFresh, scratch);
  }

  int Serve() {
    for (;;) {
      Order order;
      std::vector<Fd> fds;
      const std::span<char> bytes(reinterpret_cast<char*>(&order), sizeof order);
      if (ReceiveWithDescriptors(kOrdersFd, bytes, fds) != sizeof order) return 0;
      switch (order.kind) {
        case Order::Kind::kRun:
          Tell(Answer::Kind::kDone, StartRun(order, fds));
          break;
        case Order::Kind::kRenew:
          BeginAgain(wall_settings_.scratch);
        case Order::Kind::kAsk:
          Done(SignalAllOf(order.id, kTimeSignal));
          break;
        case Order::Kind::kEnd:
          Done(SignalAllOf(order.id, SIGKILL));
          break;
        case Order::Kind::kCollect:
          Done(CollectScratch(kScratchFd, order.id, order.limits, fds.empty() ? Fd() : std::move(fds[0])));
          break;
      }
    }
  }

  // Executes zoobar in this process as a new interpreter. The first interpreter is started in the same way.
  [[noreturn]] static void BeginAgain(bool scratch) {
    std::string jail = std::string("--jail=") + JailKindName(scratch ? JailKind::kChroot : JailKind::kNamespaces);
    char name[] = "zoobar", role[] = "--role=sandbox", kind[] = "--interpreter";
    char* arguments[] = {name, role, kind, jail.data(), nullptr};
    // The dynamic loader reads this variable once, at the start. Runs do not see it (packages.py).
    std::string libraries = std::string("LD_LIBRARY_PATH=") + kPackageLibraries;
    std::vector<const char*> environment(std::begin(kEnvironment), std::end(kEnvironment));
    environment.insert(environment.begin(), kBindNow);
    if (!scratch && HasPackages("")) environment.insert(environment.begin(), libraries.c_str());
    syscall(SYS_execveat, kExecutableFd, "", arguments, environment.data(), AT_EMPTY_PATH);
    Die("{}", Error::FromErrno("interpreter: execveat").text);
  }

 private:
  static void Tell(Answer::Kind kind, std::int32_t value) {
    const Answer answer{kind, value};
    if (write(kOrdersFd, &answer, sizeof answer) != sizeof answer) _exit(0);
  }

  static void Done(const Status& status) {
    if (!status.ok()) fmt::print(stderr, "interpreter: {}\n", status.error().text);
    Tell(Answer::Kind::kDone, status.ok() ? 0 : -EIO);
  }

  // Replaces standard input by a new pipe that is at its end. All processes of the site share the inherited standard
  // input, so a run that changes its flags would change them for all these processes.
  static bool EmptyStandardInput() {
    int ends[2];
    return pipe2(ends, 0) == 0 && dup2(ends[0], STDIN_FILENO) >= 0 && close(ends[0]) == 0 && close(ends[1]) == 0;
  }

  // Clones a run. CLONE_PARENT makes the run a child of the supervisor, so that the supervisor can wait for it and read
  // how much time and memory it used. Returns the run's pid or -errno.
  std::int32_t StartRun(const Order& order, const std::vector<Fd>& fds) {
    if (fds.size() != kRunDescriptors) return -EINVAL;
    const unsigned long namespaces = wall_settings_.scratch ? 0 : CLONE_NEWNS | CLONE_NEWPID;
    python_.BeforeFork();
    const long pid = syscall(SYS_clone, namespaces | CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    const int failure = errno;
    if (pid == 0) {
      const int keep = wall_settings_.scratch ? kScratchFd : kRunGate;
      // The order's four descriptors have higher numbers than the ones to which dup2 copies them, so none is
      // overwritten before it is copied.
      const bool arranged = EmptyStandardInput() && dup2(fds[0].get(), STDOUT_FILENO) >= 0 &&
                            dup2(fds[1].get(), STDERR_FILENO) >= 0 && dup2(fds[2].get(), kRunSocket) >= 0 &&
                            dup2(fds[3].get(), kRunGate) >= 0 &&
                            close_range(static_cast<unsigned>(keep) + 1, ~0u, 0) == 0;
      if (!arranged) _exit(70);
      BecomeRun(python_, order, wall_settings_);
    }
    python_.AfterForkInParent();
    return pid < 0 ? -failure : static_cast<std::int32_t>(pid);
  }

  Python python_;
  const WallSettings wall_settings_;
};

// Turns this process, a child of the supervisor, into the interpreter. Sets its descriptors, its capabilities and the
// filters that its runs inherit. Then executes zoobar as the interpreter.
[[noreturn]] void BecomeInterpreter(bool scratch, IdRange pool, int orders, int executable, int scratch_folder) {
  // Duplicates the descriptors to numbers above their final ones first, so that moving one does not overwrite another.
  std::vector<int> fds = {orders, executable};
  if (scratch) fds.push_back(scratch_folder);
  for (int& fd : fds) fd = fcntl(fd, F_DUPFD, 16);
  int place = kOrdersFd;
  for (int fd : fds) {
    if (fd < 0 || dup2(fd, place++) < 0) Die("interpreter: descriptors");
  }
  if (close_range(static_cast<unsigned>(place), ~0u, 0) != 0) Die("interpreter: descriptors");
  // podman's filter refuses this. Then runs can read the container's name, and `zoobar doctor` says so.
  if (!scratch && sethostname("sandbox", 7) != 0 && errno != EPERM) Die("interpreter: sethostname");
  const std::uint64_t powers = (scratch ? CapabilityBit(CAP_SYS_CHROOT) : CapabilityBit(CAP_SYS_ADMIN)) |
                               CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID) | CapabilityBit(CAP_SETPCAP);
  MustSucceed(HandOverCapabilities(powers));
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Die("interpreter: PR_SET_PDEATHSIG");
  MustSucceed(LoadPoolFilter(pool));
  MustSucceed(LoadAncestorFilter(Calls::kBuildWalls));
  Interpreter::BeginAgain(scratch);
}

}  // namespace

Fd StartInterpreter(JailKind kind, IdRange pool, int executable, int scratch) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) Die("interpreter: socketpair");
  const pid_t child = fork();
  if (child < 0) Die("interpreter: fork");
  if (child == 0) BecomeInterpreter(kind == JailKind::kChroot, pool, pair[1], executable, scratch);
  close(pair[1]);
  close(executable);
  if (scratch >= 0) close(scratch);
  return Fd(pair[0]);
}

int InterpreterMain(JailKind kind) {
  for (int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);  // system calls fail instead, as Python expects
  unsetenv("LD_BIND_NOW");
  mallopt(M_ARENA_MAX, 1);  // one heap for all threads; a heap for each would use up a run's address space
  return Interpreter(kind == JailKind::kChroot).Serve();
}

}  // namespace zoobar
