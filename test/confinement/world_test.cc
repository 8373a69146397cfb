// What programs find around them: folders, devices, an environment, standard streams, and the API as a module. And which
// calls of libraries are answered without counting against the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "confine/devices.h"
#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confinement/confined_sandbox.h"
#include "ipc/try.h"
#include "operator/doctor_kernel.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WorldTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sandbox_ = std::make_unique<ConfinedSandbox>(); }
  static void TearDownTestSuite() { sandbox_.reset(); }

  static RunOutput Run(const std::string& source, ProgramFiles files = {}) {
    return sandbox_->Run(source, std::move(files));
  }
  // What the program prints. The test fails unless it ends well and is denied nothing.
  static std::string Output(const std::string& source) {
    const RunOutput run = Run(source);
    EXPECT_EQ(run.end.end(), WaitReply::END_EXIT) << run.errors;
    EXPECT_EQ(run.end.status(), 0) << run.errors;
    EXPECT_EQ(run.errors, "");
    for (const auto& denial : run.end.denials()) ADD_FAILURE() << "denied: " << denial.call() << "\n" << source;
    return run.output;
  }
  static std::vector<std::string> Paths(const RunOutput& run) {
    std::vector<std::string> paths;
    if (!run.files) return {"no files"};
    for (const auto& file : run.files->files()) paths.push_back(file.path());
    return paths;
  }

  static std::unique_ptr<ConfinedSandbox> sandbox_;
};
std::unique_ptr<ConfinedSandbox> WorldTest::sandbox_;

// ---- the API

TEST_F(WorldTest, TheApiIsAModuleAndTheSameObjectAsTheGlobal) {
  EXPECT_EQ(Output("mine = api\nimport api\nprint(api is mine, api.ApiError is ApiError)\n"
                   "from api import call, get_self, ApiError as Error\n"
                   "print(call('get_self'), get_self(), issubclass(Error, Exception))\n"
                   "from api import *\nprint(get_visitor(), 'xfer' in globals(), '_lock' in globals())"),
            "True True\nNone None True\nNone True False\n");
  EXPECT_EQ(Output("global api\nprint(api.call('get_self'))"), "None\n");
  EXPECT_EQ(Output("def f():\n    import api\n    return api.call('get_user_info', username='x')\nprint(f())"),
            "None\n");
}

// ---- folders

TEST_F(WorldTest, TheDataFolderIsThereInEveryRunAndKept) {
  const RunOutput first =
      Run("import os\nprint(os.listdir('/data'))\nos.mkdir('/data/a')\n"
          "open('/data/a/b', 'w').write('kept')");
  EXPECT_EQ(first.output, "[]\n");
  EXPECT_THAT(Paths(first), ElementsAre("data/a", "data/a/b"));
  const RunOutput second =
      Run("import os, shutil\nprint(open('/data/a/b').read())\nshutil.rmtree('/data')", *first.files);
  EXPECT_EQ(second.output, "kept\n");
  EXPECT_THAT(Paths(second), IsEmpty());
  EXPECT_EQ(Run("import os\nprint(os.listdir('/data'))", *second.files).output, "[]\n");
}

TEST_F(WorldTest, AnUnusedDataFolderIsNoFile) {
  const RunOutput run = Run("pass");
  EXPECT_THAT(Paths(run), IsEmpty());
  EXPECT_TRUE(run.end.dropped().empty());
}

TEST_F(WorldTest, AFileInThePlaceOfTheDataFolderIsKept) {
  const RunOutput first = Run("import os\nos.rmdir('/data')\nopen('/data', 'w').write('a file')");
  EXPECT_THAT(Paths(first), ElementsAre("data"));
  EXPECT_EQ(Run("print(open('/data').read())", *first.files).output, "a file\n");
}

TEST_F(WorldTest, TemporaryFilesAreNotKeptAndNotNamedAsDropped) {
  const RunOutput run =
      Run("import tempfile\nprint(tempfile.gettempdir())\nopen('/tmp/x', 'w').write('x')\n"
          "with tempfile.TemporaryDirectory() as folder: print(folder.startswith('/tmp/'))");
  EXPECT_EQ(run.output, "/tmp\nTrue\n");
  EXPECT_THAT(Paths(run), IsEmpty());
  EXPECT_TRUE(run.end.dropped().empty());
}

// Earlier versions mounted nothing at these paths, so there may be files in the store that lead there.
TEST_F(WorldTest, KeptFilesInThePlaceOfAMountDoNotStopARun) {
  ProgramFiles files;
  for (const char* path : {"dev/null", "usr/share/zoneinfo/UTC", "usr/share", "dev"}) {
    auto* file = files.add_files();
    file->set_path(path);
    file->set_content("x");
  }
  EXPECT_EQ(Run("print(open('/dev/null').read() == '')", files).output, "True\n");
}

TEST_F(WorldTest, WhatIsPutInThePlaceOfAMountIsDroppedByName) {
  const RunOutput run =
      Run("import os\nos.rename('/usr/share', '/aside')\nos.makedirs('/usr/share/zoneinfo')\n"
          "open('/usr/share/zoneinfo/UTC', 'w').write('x')");
  EXPECT_THAT(Paths(run), ElementsAre("aside", "aside/zoneinfo"));
  EXPECT_THAT(std::vector<std::string>(run.end.dropped().begin(), run.end.dropped().end()),
              ElementsAre("usr/share/zoneinfo/UTC: in the place of /usr/share/zoneinfo"));
}

// ---- the machine

std::set<std::string> EntriesBelow(const Fd& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd/" + std::to_string(directory.get())))
    names.insert(entry.path().filename());
  return names;
}

TEST(DevicesTest, TheirFilesCannotBeChangedNotEvenByRoot) {
  const Fd devices = MustHave(DevicesMount());
  EXPECT_THAT(EntriesBelow(devices), testing::ElementsAre("full", "null", "random", "urandom", "zero"));
  EXPECT_EQ(unlinkat(devices.get(), "null", 0), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(fchmodat(devices.get(), "null", 0777, 0), -1);
  EXPECT_EQ(errno, EROFS);
  struct stat own, machine;
  ASSERT_EQ(fstatat(devices.get(), "null", &own, 0), 0);
  ASSERT_EQ(stat("/dev/null", &machine), 0);
  EXPECT_EQ(own.st_rdev, machine.st_rdev) << "the same device";
  EXPECT_NE(own.st_dev, machine.st_dev) << "but another file, whose locks are its own";
}

TEST(DevicesTest, NoFileIsLeftWhereDevicesCannotBeOpened) {
  const Fd nodev = MustHave(MakeTmpfs({{"size", "4k"}, {"mode", "755"}}, kAttrNoDev));
  MustSucceed(MakeDevices(nodev));
  EXPECT_THAT(EntriesBelow(nodev), IsEmpty());
}

// As in a container whose root has no CAP_SYS_ADMIN, and whose filter allows namespaces.
TEST(DevicesTest, RootWithoutPowerOverMountsTakesTheContainersDevices) {
  const Status tried = TryInChild([]() -> Status {
    TRY_STATUS(KeepCapabilities(CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID) | CapabilityBit(CAP_SETPCAP) |
                                CapabilityBit(CAP_SETFCAP)));
    if (TakeFolder("/usr/lib", FolderUse::kExecute).ok()) return Error{"this root may take folders already"};
    TRY_STATUS(AllowMounts());
    TRY([[maybe_unused]] const Fd folder, TakeFolder("/usr/lib", FolderUse::kExecute));
    TRY(const std::vector<Placed> placed, PlaceDevices("/dev"));
    if (placed.size() != 6 || placed[0].path != "/dev" || placed[1].path != "/dev/null")
      return Error::Of("{} mounts", placed.size());
    if (unlinkat(placed[0].mount.get(), "null", 0) == 0 || errno != EROFS) return Error{"null can be removed"};
    return {};
  });
  EXPECT_TRUE(tried.ok()) << tried.error().text;
}

TEST_F(WorldTest, DevicesWork) {
  EXPECT_EQ(Output("import errno, os\nopen('/dev/null', 'w').write('x')\nprint(open(os.devnull).read() == '')\n"
                   "print(open('/dev/zero', 'rb').read(3))\n"
                   "for name in ('random', 'urandom'): print(len(set(open('/dev/' + name, 'rb').read(64))) > 16)\n"
                   "full = open('/dev/full', 'wb', buffering=0)\ntry:\n    full.write(b'x')\nexcept OSError as e:\n"
                   "    print(errno.errorcode[e.errno])"),
            "True\nb'\\x00\\x00\\x00'\nTrue\nTrue\nENOSPC\n");
}

TEST_F(WorldTest, TimeZonesWork) {
  EXPECT_EQ(Output("import datetime, os, time, zoneinfo\nprint(time.tzname)\n"
                   "print(datetime.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Zurich')).utcoffset())\n"
                   "print('Asia/Tokyo' in zoneinfo.available_timezones())\n"
                   "os.environ['TZ'] = 'America/New_York'\ntime.tzset()\nprint(time.tzname)"),
            "('UTC', 'UTC')\n2:00:00\nTrue\n('EST', 'EDT')\n");
}

TEST_F(WorldTest, TheEnvironmentAnswersWhatLibrariesAsk) {
  EXPECT_EQ(Output("import getpass, locale, os, pathlib, platform, shutil, socket, uuid\n"
                   "print(os.path.expanduser('~'), pathlib.Path.home(), getpass.getuser(), os.getcwd())\n"
                   "print(locale.setlocale(locale.LC_ALL, ''), locale.getpreferredencoding())\n"
                   "print(platform.system(), bool(platform.platform()), repr(platform.processor()))\n"
                   "print(socket.gethostname() == socket.getfqdn(), shutil.which('ls'), uuid.uuid1().version)"),
            "/data /data program /\nC.UTF-8 utf-8\nLinux True ''\nTrue None 1\n");
}

TEST_F(WorldTest, LooksOfLibrariesAreNoDenials) {
  EXPECT_EQ(Output("import grp, os, pwd, syslog\nfor look in (lambda: pwd.getpwuid(os.getuid()),\n"
                   "             lambda: grp.getgrnam('root')):\n"
                   "    try:\n        look()\n    except KeyError:\n        print('nobody')\n"
                   "os.path.expanduser('~root')\nsyslog.syslog('x')\n"
                   "import ctypes.util, email.utils, pydoc, webbrowser\nctypes.util.find_library('c')\n"
                   "email.utils.make_msgid()\nwebbrowser.open('x')"),
            "nobody\nnobody\n");
}

TEST_F(WorldTest, AsyncioWorksAndStartsNoProgram) {
  EXPECT_EQ(
      Output("import asyncio, queue, threading\n"
             "async def one(n):\n    await asyncio.sleep(0.001)\n    return n\n"
             "async def all():\n    print(await asyncio.gather(*(one(n) for n in range(5))))\n"
             "    print(await asyncio.to_thread(threading.active_count) > 1)\n"
             "    waiting = asyncio.Queue()\n    loop = asyncio.get_running_loop()\n"
             "    threading.Thread(target=lambda: loop.call_soon_threadsafe(waiting.put_nowait, 'x')).start()\n"
             "    print(await waiting.get())\n    try:\n        await asyncio.wait_for(asyncio.Event().wait(), 0.01)\n"
             "    except TimeoutError:\n        print('in time')\n    try:\n"
             "        await asyncio.create_subprocess_exec('ls')\n    except PermissionError as error:\n"
             "        print(error.strerror)\nasyncio.run(all())"),
      "[0, 1, 2, 3, 4]\nTrue\nx\nin time\na program may not start other programs here\n");
}

TEST_F(WorldTest, APairOfLocalSocketsConnectsTheRunWithItself) {
  EXPECT_EQ(Output("import socket\na, b = socket.socketpair()\na.sendall(b'x' * 9)\nprint(b.recv(99))\n"
                   "repr(a)\na.close()\nprint(b.recv(1))"),
            "b'xxxxxxxxx'\nb''\n");
}

TEST_F(WorldTest, LocksAndTheEndOfASocketAreNoDenials) {
  EXPECT_EQ(
      Output("import asyncio, fcntl, socket, sqlite3\n"
             "with open('/data/own', 'w') as file:\n    fcntl.lockf(file, fcntl.LOCK_EX)\n"
             "a, b = socket.socketpair()\na.shutdown(socket.SHUT_WR)\nprint(b.recv(1))\n"
             "async def end():\n    a, b = socket.socketpair()\n"
             "    reader, writer = await asyncio.open_connection(sock=a)\n    writer.write(b'x')\n"
             "    writer.write_eof()\n    print(b.recv(9), b.recv(9))\nasyncio.run(end())\n"
             "with sqlite3.connect('/data/base') as base:\n    base.execute('create table t (n)')\n"
             "    base.execute('insert into t values (7)')\n    print(base.execute('select n from t').fetchone())"),
      "b''\nb'x' b''\n(7,)\n");
}

TEST_F(WorldTest, StartingAProgramIsOneDenialAndAnError) {
  for (const char* start : {"os.system('ls')", "os.popen('ls')", "subprocess.run(['ls'])",
                            "subprocess.run('ls', shell=True)", "subprocess.Popen(['/bin/ls'], close_fds=False)"}) {
    const RunOutput run = Run(std::string("import os, subprocess\ntry:\n    ") + start +
                              "\nexcept PermissionError as error:\n    print(error.strerror)");
    EXPECT_EQ(run.output, "a program may not start other programs here\n") << start << run.errors;
    ASSERT_EQ(run.end.denials_size(), 1) << start;
    EXPECT_EQ(run.end.denials(0).call(), "clone") << start;
    EXPECT_EQ(run.end.denials(0).count(), 1u) << start;
  }
}

TEST_F(WorldTest, AModuleThatIsNotHereIsSaidToBeMissing) {
  for (const auto& [module, missing] : {std::pair("curses", "curses"),
                                        {"readline", "readline"},
                                        {"nis", "nis"},
                                        {"numpy_of_nobody", "numpy_of_nobody"},
                                        {"winreg", "winreg"}}) {
    EXPECT_EQ(Output(std::string("try:\n    import ") + module + "\nexcept ModuleNotFoundError as error: print(error)"),
              std::string("this site does not have '") + missing + "'\n");
  }
  EXPECT_EQ(Output("import importlib.util\nprint(importlib.util.find_spec('numpy_of_nobody'))"), "None\n");
}

// ---- the end

TEST_F(WorldTest, ExitAndQuitEndAProgram) {
  EXPECT_EQ(Output("print('a')\nexit()\nprint('b')"), "a\n");
  EXPECT_EQ(Output("print('a')\nquit(0)\nprint('b')"), "a\n");
}

TEST_F(WorldTest, ATextForExitIsShown) {
  for (const char* end : {"import sys\nsys.exit('no luck')", "exit('no luck')", "raise SystemExit('no luck')"}) {
    const RunOutput run = Run(std::string("print('a')\n") + end);
    EXPECT_EQ(run.end.status(), 1) << end;
    EXPECT_EQ(run.output, "a\n");
    EXPECT_THAT(run.errors, HasSubstr("no luck\n"));
    EXPECT_THAT(run.errors, Not(HasSubstr("Traceback")));
  }
}

TEST_F(WorldTest, AClosedOrReplacedOutputIsNoError) {
  EXPECT_EQ(Output("import sys\nprint('a')\nsys.stdout.close()"), "a\n");
  EXPECT_EQ(Output("import sys\nprint('a')\nsys.stdout = None\nprint('b')"), "a\n");
  EXPECT_EQ(Output("import io, sys\nprint('a')\nsys.stdout = io.StringIO()\nprint('b')"), "a\n");
  EXPECT_EQ(Output("import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer)\nprint('a')"), "a\n");
  EXPECT_EQ(Output("import os\nprint('a')\nos.close(1)"), "a\n");
}

TEST_F(WorldTest, ALineIsPrintedAsOnePiece) {
  EXPECT_EQ(Output("import threading\n"
                   "def lines():\n    for i in range(200): print('a', 'line', i, sep='-')\n"
                   "threads = [threading.Thread(target=lines) for _ in range(4)]\n"
                   "for t in threads: t.start()\nfor t in threads: t.join()")
                .find("-a"),
            std::string::npos);
  EXPECT_EQ(Output("import io, sys\ns = io.StringIO()\nprint(1, None, sep=None, end='x', file=s)\n"
                   "print(repr(s.getvalue()), end=None)\nprint()\nprint('a', 'b', sep='', end='!', flush=True)\n"
                   "try:\n    print(sep=1)\nexcept TypeError: print('no text')"),
            "'1 Nonex'\n\nab!no text\n");
}

TEST_F(WorldTest, ObjectsAreFinalisedAtTheEnd) {
  const std::string two = "class A:\n    def __del__(self): print('bye')\na = A()\nb = A()\nb.b = b\n";
  EXPECT_EQ(Output(two), "bye\nbye\n");
  EXPECT_EQ(Output(two + "many = [[] for i in range(50000)]"), "bye\nbye\n") << "also if they are old";
}

TEST_F(WorldTest, FilesThatAreStillOpenAreWritten) {
  const RunOutput run =
      Run("f = open('at_module_level', 'w')\nf.write('x')\n"
          "class Cycle: pass\nc = Cycle()\nc.c = c\nc.f = open('in_a_cycle', 'w')\nc.f.write('yz')");
  ASSERT_TRUE(run.files);
  ASSERT_EQ(run.files->files_size(), 2);
  EXPECT_EQ(run.files->files(0).content(), "x");
  EXPECT_EQ(run.files->files(1).content(), "yz");
}

TEST_F(WorldTest, WhatWasPrintedIsThereWhateverEndsTheRun) {
  for (const char* end :
       {"while True: pass", "import os\nos._exit(1)", "import ctypes\nctypes.string_at(0)", "import os\nos.abort()",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nctypes_gone", "1 / 0",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "import os\nfor i in range(20):\n    try:\n        os.fork()\n    except PermissionError: pass",
        "import sys\nsys.stdout.buffer.write(b'')\nsys.setrecursionlimit(10**6)\ndef f(): f()\nf()"}) {
    const RunOutput run = sandbox_->Run(std::string("print('result', 42, end='')\n") + end, {}, Milliseconds(500));
    EXPECT_EQ(run.output, "result 42") << end;
  }
}

TEST_F(WorldTest, AtItsLimitTheOwnerSeesTheLine) {
  for (const char* source : {"def f():\n    while True: pass\nf()", "def f():\n    __import__('time').sleep(99)\nf()",
                             "def f():\n    import re; re.match('(a+)+$', 'a' * 99 + 'b')\nf()",
                             "import threading\ndef f(): threading.Event().wait()\nf()"}) {
    // On a busy machine a run may not get a processor between the signal and its end. Then it is tried again.
    RunOutput run;
    for (int tries = 0; tries < 20 && !run.stopped_at.known(); ++tries)
      run = sandbox_->Run(source, {}, Milliseconds(1000));
    EXPECT_EQ(run.end.end(), WaitReply::END_TIME) << source;
    EXPECT_THAT(run.stopped_at.lines, testing::ElementsAre(2, 3)) << source;
    EXPECT_EQ(run.errors, "") << "the dump itself is not shown";
  }
}

TEST_F(WorldTest, ACrashIsShownWithItsLine) {
  const RunOutput run = Run("import ctypes\nctypes.string_at(0)");
  EXPECT_EQ(run.end.end(), WaitReply::END_SIGNAL);
  EXPECT_EQ(run.end.status(), SIGSEGV);
  EXPECT_THAT(run.stopped_at.lines, testing::ElementsAre(2));
  EXPECT_EQ(run.errors, "Fatal Python error: Segmentation fault\n");
}

TEST_F(WorldTest, ErrorsSayAfterHowMuchOutputTheyCame) {
  const RunOutput run =
      Run("import sys\nsys.stderr.write('0')\nprint('ab')\nsys.stderr.write('1')\n"
          "sys.stderr.write('2')\nprint('\\u00e9', end='')\nprint('3', file=sys.stderr)");
  EXPECT_EQ(run.output, "ab\n\u00e9");
  EXPECT_EQ(run.errors, "0123\n");
  const std::pair<const char*, bool> expected[] = {
      {"0", true}, {"ab\n", false}, {"12", true}, {"\u00e9", false}, {"3\n", true}};
  ASSERT_EQ(run.transcript.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(run.transcript[i].text, expected[i].first);
    EXPECT_EQ(run.transcript[i].error, expected[i].second);
  }
}

// ---- figures

TEST_F(WorldTest, ProcessorTimeDoesNotCountTheTimeBeforeTheVisit) {
  // With one thread, a run cannot use more processor time than its time by the clock.
  for (int i = 0; i < 20; ++i) {
    const RunOutput run = Run("print(sum(range(100000)))");
    EXPECT_LE(run.end.cpu_us(), run.end.wall_us() + 1000);
    EXPECT_GT(run.end.memory_bytes(), 1u << 20);
  }
}

}  // namespace
}  // namespace zoobar
