// The walls around a run in the sandbox, confined as it really is, as programs meet them. And what an attacker can
// still do who has taken the supervisor or the interpreter. The attacks themselves are in test/attacks.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "confinement/confined_sandbox.h"
#include "confinement/debugger.h"
#include "confinement/shared_site.h"
#include "site/rows.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sandbox_ = std::make_unique<ConfinedSandbox>(); }
  static void TearDownTestSuite() { sandbox_.reset(); }

  // What the program prints. The test fails unless it ends well.
  static std::string Output(const std::string& source) {
    const RunOutput run = sandbox_->Run(source);
    EXPECT_EQ(run.end.end(), WaitReply::END_EXIT) << run.errors;
    EXPECT_EQ(run.errors, "");
    return run.output;
  }
  static ProgramFiles::File File(const std::string& path, const std::string& content) {
    ProgramFiles::File file;
    file.set_path(path);
    file.set_content(content);
    return file;
  }

  static std::unique_ptr<ConfinedSandbox> sandbox_;
};
std::unique_ptr<ConfinedSandbox> RunTest::sandbox_;

TEST_F(RunTest, PrintsAndEnds) { EXPECT_EQ(Output("print('hello')"), "hello\n"); }

TEST_F(RunTest, FindsTheStandardLibraryTimeZonesFiveDevicesAndNothingElse) {
  EXPECT_EQ(Output("import os, graphlib, colorsys\nprint(os.getcwd())\n"
                   "for folder in ('/', '/usr', '/usr/lib', '/usr/share', '/dev', '/data', '/tmp'):\n"
                   "    print(*sorted(os.listdir(folder)))\nprint(len(os.listdir('/usr/share/zoneinfo')) > 50)"),
            "/\ndata dev tmp usr\nlib share\npython" ZOOBAR_PYTHON
            "\nzoneinfo\nfull null random urandom zero\n\n\nTrue\n");
  EXPECT_EQ(Output("import os\nfor p in ('/etc/passwd', '/proc', '/dev/tty', '/usr/lib/x86_64-linux-gnu', '/run'):\n"
                   "    print(os.path.exists(p), end=' ')"),
            "False False False False False ");
}

TEST_F(RunTest, SeesNoProcessButItself) {
  EXPECT_EQ(
      Output("import os\nprint(os.getpid(), os.getppid())\nfor p in range(2, 99):\n    try:\n        os.kill(p, 0)\n"
             "        print('there is', p)\n    except ProcessLookupError:\n        pass"),
      "1 0\n");
}

TEST_F(RunTest, HasAnIdOfThePoolForEachRun) {
  const std::string id = "import os\nprint(*os.getresuid(), *os.getresgid(), os.getgroups())";
  std::set<std::string> seen;
  for (const RunOutput& run : sandbox_->RunTogether({id, id, id, id})) {
    std::istringstream words(run.output);
    std::uint32_t first = 0, each = 0;
    words >> first;
    EXPECT_GE(first, sandbox_->id_base() + kRoleIds);
    EXPECT_LT(first, sandbox_->id_base() + kIdRange);
    for (int i = 0; i < 5; ++i) {
      words >> each;
      EXPECT_EQ(each, first);
    }
    EXPECT_THAT(run.output, HasSubstr("[]"));
    EXPECT_TRUE(seen.insert(run.output).second) << "two runs shared an id";
  }
}

TEST_F(RunTest, MayUseSevenThreadsMore) {
  EXPECT_EQ(Output("import threading\ngo = threading.Event()\nthreads = []\ntry:\n    while True:\n"
                   "        threads.append(threading.Thread(target=go.wait))\n        threads[-1].start()\n"
                   "except RuntimeError:\n    print(len(threads) - 1)\ngo.set()\n"),
            "7\n");
}

TEST_F(RunTest, IsDeniedByNameAndGoesOn) {
  const RunOutput run = sandbox_->Run(
      "import os, socket\nfor what in (os.fork, socket.socket, socket.socket):\n    try:\n"
      "        what()\n    except PermissionError:\n        print('no')");
  EXPECT_EQ(run.output, "no\nno\nno\n");
  ASSERT_EQ(run.end.denials_size(), 2);
  EXPECT_EQ(run.end.denials(0).call(), "clone");
  EXPECT_EQ(run.end.denials(1).call(), "socket");
  EXPECT_EQ(run.end.denials(1).count(), 2u);
}

TEST_F(RunTest, EndsAtItsSixteenthDenial) {
  const RunOutput run = sandbox_->Run(
      "import socket\nfor i in range(99):\n    try:\n        socket.socket()\n"
      "    except PermissionError:\n        print(i, flush=True)");
  EXPECT_EQ(run.end.end(), WaitReply::END_DENIALS);
  ASSERT_EQ(run.end.denials_size(), 1);
  EXPECT_EQ(run.end.denials(0).count(), 16u);
  EXPECT_THAT(run.output, testing::EndsWith("14\n"));
}

TEST_F(RunTest, EndsAtItsLimitWhateverItIgnores) {
  for (const char* source :
       {"while True: pass", "import time\ntime.sleep(99)",
        "import signal\nfor s in range(1, 65):\n    try:\n        signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True: signal.pause()",
        "def f():\n    try:\n        while True: pass\n    finally:\n        f()\nf()"}) {
    const RunOutput run = sandbox_->Run(source, {}, Milliseconds(300));
    EXPECT_EQ(run.end.end(), WaitReply::END_TIME) << source;
  }
}

TEST_F(RunTest, LeavesNoProcess) {
  const std::string threads =
      "import threading, time\nfor i in range(7):\n"
      "    threading.Thread(target=time.sleep, args=(99,), daemon=i % 2 == 0).start()";
  sandbox_->Run(threads, {}, Milliseconds(300));
  sandbox_->Run(threads + "\nimport os\nos._exit(0)");
  // Only spares are left, which have a single thread and wait for a program.
  EXPECT_TRUE(Eventually([] {
    const std::vector<pid_t> runs = sandbox_->Runs();
    return std::all_of(runs.begin(), runs.end(), [](pid_t pid) { return StatusField(pid, "Threads") == "1"; }) &&
           runs.size() <= 2;
  }));
}

TEST_F(RunTest, IsTheFirstToGoAndTheLastToRun) {
  for (const pid_t pid : sandbox_->Runs()) {
    EXPECT_EQ(ReadWhole(Proc(pid, "oom_score_adj")), "1000\n");
    EXPECT_EQ(sched_getscheduler(pid), SCHED_IDLE);
    EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
      EXPECT_EQ(StatusField(pid, set), "0000000000000000") << set;
  }
}

TEST_F(RunTest, KeepsItsFiles) {
  const RunOutput first = sandbox_->Run(
      "import os\nos.makedirs('notes/old')\nopen('notes/today', 'w').write('sun')\n"
      "open('count', 'w').write('1')");
  ASSERT_TRUE(first.files);
  EXPECT_EQ(first.files->files_size(), 4);
  const RunOutput second = sandbox_->Run(
      "import os\nprint(open('notes/today').read(), open('count').read(), "
      "os.listdir('notes/old'))\nos.remove('count')",
      *first.files);
  EXPECT_EQ(second.output, "sun 1 []\n");
  ASSERT_TRUE(second.files);
  EXPECT_EQ(second.files->files_size(), 3);
}

TEST_F(RunTest, KeepsNoLinksAndSaysSo) {
  const RunOutput run = sandbox_->Run(
      "import os\nos.symlink('/etc/passwd', 'link')\nos.symlink('..', 'up')\n"
      "open('plain', 'w').write('x')\nos.chmod('plain', 0)");
  ASSERT_TRUE(run.files);
  ASSERT_EQ(run.files->files_size(), 1) << "a file is taken back whatever mode the program gave it";
  EXPECT_EQ(run.files->files(0).path(), "plain");
  EXPECT_EQ(run.files->files(0).content(), "x");
  EXPECT_THAT(std::vector<std::string>(run.end.dropped().begin(), run.end.dropped().end()),
              testing::UnorderedElementsAre("link: a symbolic link", "up: a symbolic link"));
}

TEST_F(RunTest, KeepsNothingOfAKilledRun) {
  const RunOutput run = sandbox_->Run("open('a', 'w').write('x')\nwhile True: pass", {}, Milliseconds(300));
  EXPECT_FALSE(run.files);
}

TEST_F(RunTest, MeetsItsQuotasAsErrors) {
  EXPECT_EQ(
      Output("import errno\ntry:\n    with open('a', 'wb') as f:\n        for i in range(9): f.write(bytes(1 << 19))\n"
             "except OSError as e:\n    print(errno.errorcode[e.errno])\nimport os\nos.remove('a')"),
      "EFBIG\n");
  EXPECT_EQ(Output("import errno, os\ntry:\n    for i in range(9): open(str(i), 'wb').write(bytes(1 << 19))\n"
                   "except OSError as e:\n    print(errno.errorcode[e.errno])\nfor n in os.listdir('/'):\n"
                   "    if n not in ('data', 'dev', 'tmp', 'usr'): os.remove(n)"),
            "ENOSPC\n");
  EXPECT_EQ(Output("import errno, os\nn = 0\ntry:\n    while True:\n        open(str(n), 'w').close()\n        n += 1\n"
                   "except OSError as e:\n    print(n, errno.errorcode[e.errno])"),
            "64 ENOSPC\n");
  EXPECT_EQ(Output("try:\n    x = bytearray(200 << 20)\nexcept MemoryError:\n    print('no room')"), "no room\n");
  EXPECT_EQ(Output("x = bytearray(64 << 20)\nprint(len(x))"), "67108864\n");
}

TEST_F(RunTest, CannotBrickItsFilesWithHoles) {
  // A hole counts as the space that it would take when the file is written again for the next run.
  const RunOutput run = sandbox_->Run(
      "f = open('hole', 'wb')\nf.truncate(1 << 20)\nf.close()\n"
      "for i in range(9): open(str(i), 'w').write('x')");
  ASSERT_TRUE(run.files);
  EXPECT_FALSE(run.end.dropped().empty());
  EXPECT_EQ(sandbox_->Run("print('still here')", *run.files).output, "still here\n");
}

TEST_F(RunTest, CannotWriteToTheLibrary) {
  EXPECT_EQ(Output("import errno, os\nfor act in (lambda: open('/usr/lib/python" ZOOBAR_PYTHON "/os.py', 'a'),\n"
                   "            lambda: os.remove('/usr/lib/python" ZOOBAR_PYTHON "/os.py'),\n"
                   "            lambda: open('/usr/lib/python" ZOOBAR_PYTHON "/new.py', 'w')):\n"
                   "    try:\n        act()\n    except OSError as e:\n        print(errno.errorcode[e.errno])"),
            "EACCES\nEROFS\nEROFS\n");
}

TEST_F(RunTest, ShowsATracebackWithItsOwnLines) {
  const RunOutput run = sandbox_->Run("def f():\n    return 1 / 0\nprint('before')\nf()");
  EXPECT_EQ(run.end.status(), 1);
  EXPECT_EQ(run.output, "before\n");
  EXPECT_THAT(run.errors, HasSubstr("Traceback (most recent call last):\n  File \"profile\", line 4, in <module>\n"));
  EXPECT_THAT(run.errors, HasSubstr("    return 1 / 0\n"));
  EXPECT_THAT(run.errors, testing::Not(HasSubstr("zoobar")));
}

TEST_F(RunTest, EndsNormallyBySystemExit) { EXPECT_EQ(Output("import sys\nprint('bye')\nsys.exit(3)"), "bye\n"); }

TEST_F(RunTest, WaitsForItsThreadsAndExitHandlers) {
  EXPECT_EQ(Output("import atexit, threading, time\natexit.register(print, 'last')\n"
                   "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\nprint('first')"),
            "first\nthread\nlast\n");
}

// A program that says that it has ended is ended, and can do nothing more.
TEST_F(RunTest, ThatSaysItHasEndedIsEnded) {
  const RunOutput run = sandbox_->Run(
      "import os, time\nopen('kept', 'w').write('x')\nprint('done', flush=True)\n"
      "os.write(3, bytes(4))\ntime.sleep(99)");
  EXPECT_EQ(run.end.end(), WaitReply::END_EXIT);
  EXPECT_EQ(run.output, "done\n");
  ASSERT_TRUE(run.files);
  EXPECT_EQ(run.files->files_size(), 1);
}

TEST_F(RunTest, OfAnotherArchitectureEndsAndIsNamed) {
  const RunOutput run = sandbox_->Run("import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)\nprint('on')");
  EXPECT_EQ(run.end.end(), WaitReply::END_DENIALS);
  ASSERT_EQ(run.end.denials_size(), 1);
  EXPECT_EQ(run.end.denials(0).call(), "another architecture's system call");
  EXPECT_EQ(run.output, "");
}

TEST(SandboxTest, ReplacesItsInterpreterAndGoesOn) {
  ConfinedSandbox sandbox({"profile { parallel_runs: 4 }"});
  std::set<pid_t> interpreters;
  std::set<std::string> layouts;
  for (int i = 0; i < 260; ++i) {
    const std::vector<RunOutput> runs = sandbox.RunTogether({"print(id(object))", "print('b')"});
    ASSERT_EQ(runs[1].output, "b\n") << i;
    layouts.insert(runs[0].output);
  }
  EXPECT_GE(layouts.size(), 2u) << "a new interpreter has another layout of its memory";
}

// ---- for an attacker who has taken the supervisor

class SandboxConfinement : public testing::Test {
 protected:
  static pid_t supervisor() { return SharedSite().ConfinedPid(ROLE_SANDBOX); }
};

TEST_F(SandboxConfinement, ItsPowersEndAtItsOwnUserNamespace) {
  const std::string pid = std::to_string(supervisor());
  for (pid_t other : {SharedSite().master(), SharedSite().ConfinedPid(ROLE_BANK), getpid()}) {
    EXPECT_NE(fs::read_symlink("/proc/" + pid + "/ns/user"), fs::read_symlink(Proc(other, "ns/user")));
  }
  const std::uint32_t base = SharedSite().id_base();
  for (const char* map : {"uid_map", "gid_map"}) {
    std::istringstream lines(ReadWhole("/proc/" + pid + "/" + map));
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number; lines >> number;) numbers.push_back(number);
    EXPECT_THAT(numbers, ElementsAre(base + 17, base + 17, 1, base + 100, base + 100, 156)) << map;
  }
}

TEST_F(SandboxConfinement, FindsNoOtherRolesProcess) {
  const std::vector<Role> others = {ROLE_BANK, ROLE_AUTH, ROLE_PROFILE, ROLE_LOGGER};
  std::vector<long> pids = {SharedSite().master(), 1};
  for (Role role : others) pids.push_back(SharedSite().ConfinedPid(role));
  Debugger debugger(supervisor());
  for (long pid : pids) {
    const CallResult answer = debugger.Call(SYS_pidfd_open, {pid, 0});
    ASSERT_EQ(answer.died_of, 0);
    EXPECT_TRUE(pid == 1 ? answer.value >= 0 : answer.value == -ESRCH)
        << pid << ": " << answer.value;  // process 1 is the supervisor itself
  }
}

TEST_F(SandboxConfinement, OpensNoStoreAndNoFileOfTheMachine) {
  const std::string state = SharedSite().state();
  Debugger debugger(supervisor());
  const open_how how{O_RDONLY, 0, 0};
  const std::string open_how_text(reinterpret_cast<const char*>(&how), sizeof how);
  for (const std::string& path :
       {std::string("/store/data.mdb"), std::string("/folders/bank/data.mdb"), state + "/bank/store/data.mdb",
        std::string("/etc/passwd"), std::string("/proc/1/root"), std::string("/usr/../etc/shadow"),
        std::string("/dev/mem"), std::string("/dev/tty")}) {
    EXPECT_EQ(debugger.Call(SYS_openat2, {AT_FDCWD, path, open_how_text, sizeof how}).value, -ENOENT) << path;
  }
}

TEST_F(SandboxConfinement, TakesNoId) {
  Debugger debugger(supervisor());
  const auto filters = debugger.ReadFilters();
  for (long call :
       {SYS_setresuid, SYS_setresgid, SYS_setuid, SYS_setgroups, SYS_capset, SYS_unshare, SYS_setns, SYS_clone,
        SYS_execveat, SYS_kill, SYS_pidfd_getfd, SYS_process_vm_readv, SYS_ptrace, SYS_connect}) {
    EXPECT_EQ(ActionOf(filters, call, {SIGCHLD}), SECCOMP_RET_KILL_PROCESS) << call;
  }
}

TEST_F(SandboxConfinement, HoldsChannelsOfItsOwnAndRunsAlone) {
  // Seven sockets are its channels to the master, interpreter, logger, profile, admin, metrics and console. Two belong to
  // each of the two spares, and one to a run that has begun, which may be profile's canary.
  std::size_t sockets = 0;
  for (const auto& entry : fs::directory_iterator(Proc(supervisor(), "fd"))) {
    const std::string target = fs::read_symlink(entry.path());
    sockets += target.starts_with("socket:");
    EXPECT_TRUE(target.starts_with("socket:") || target.starts_with("pipe:") || target.starts_with("anon_inode:") ||
                target == "/dev/null" || target == "/")
        << target;
  }
  EXPECT_LE(sockets, 7u + 2 * 2 + 1);
}

// ---- for an attacker who has taken the interpreter

class InterpreterConfinement : public testing::Test {
 protected:
  void SetUp() override { sandbox_ = std::make_unique<ConfinedSandbox>(); }
  std::unique_ptr<ConfinedSandbox> sandbox_;
};

TEST_F(InterpreterConfinement, TakesIdsOfThePoolAlone) {
  const std::uint32_t base = sandbox_->id_base();
  sandbox_->Run("pass");
  Debugger debugger(sandbox_->interpreter());
  for (long call : {SYS_setresuid, SYS_setresgid}) {
    // Ids of other roles, of root, of somebody else, and the first one after the pool.
    for (std::uint32_t id : {base + 15, base + 13, base + 1, 0u, 1000u, base + 256}) {
      const CallResult answer = debugger.Call(call, {id, id, id});
      EXPECT_EQ(answer.died_of, 0);
      EXPECT_EQ(answer.value, -ENOSYS) << id;
    }
    EXPECT_EQ(debugger.Call(call, {base + 100, base + 100, 0}).value, -ENOSYS) << "the three ids are not the same";
  }
}

TEST_F(InterpreterConfinement, ReachesNothingOfTheMachine) {
  sandbox_->Run("pass");
  Debugger debugger(sandbox_->interpreter());
  for (const char* path : {"/etc/passwd", "/proc/self/mem", "/dev/mem", "/store/data.mdb", "/home", "/root"}) {
    EXPECT_EQ(debugger.Call(SYS_openat, {AT_FDCWD, path, O_RDONLY}).value, -ENOENT) << path;
  }
  EXPECT_EQ(debugger.Call(SYS_openat, {AT_FDCWD, "/usr/lib/new", O_CREAT | O_WRONLY, 0600}).value, -EROFS);
  for (long call : {SYS_socket, SYS_connect, SYS_ptrace, SYS_process_vm_readv, SYS_bpf, SYS_keyctl, SYS_io_uring_setup,
                    SYS_unshare, SYS_setns, SYS_mknodat, SYS_open_by_handle_at, SYS_perf_event_open, SYS_userfaultfd}) {
    EXPECT_EQ(debugger.Call(call, {1, 1, 1}).value, -ENOSYS) << call;
  }
}

}  // namespace
}  // namespace zoobar
