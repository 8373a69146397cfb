// Hostile programs, run as any member's program is: saved as a profile on a live site, looked at by another member over
// HTTP, each in the real sandbox. None may succeed, what it was denied must be in the security log, and the members who
// come next find their pages right. docs/sandbox.md names, for each wall, the attacks that it stops.
//
// An attack is a file, test/attacks/SUBJECT/NAME.py:
//
//   #!python
//   # Asks the kernel to trace the process above it.            what it tries
//   # Wall: the list of system calls                            what stops it
//   # Expect: done                                              how the run ends, as the page tells it:
//                                                               done, failed, stopped or too-long
//   # Output: ^ptrace: EPERM$                                   found in the profile that the page shows (POSIX
//   extended
//                                                               regular expression, as often as wanted)
//   # Denied: ptrace process_vm_readv=2                         exactly these calls are in the security log;
//   `453|name`: by
//                                                               either name; `mount?`: or not
//   raw("ptrace", 101, 0, 1, 0, 0)                              test/attacks/kit.py stands above this
//
// A program that finds a way prints the word BREACH, which fails the test wherever it turns up. More that may be said:
//
//   # Absent: <script              not to be found anywhere on the page
//   # Owner sees: MemoryError      found on the page of the owner's own program afterwards
//   # Expect where int 0x80 is a fault: failed
//                                how it ends on a machine whose kernel has no gate for 32-bit programs: nothing is
//                                denied there, and the owner sees "signal 11" (test/confinement/gate32.h)
//   # Owner: victim                who saves it (default: attacker); members are made when they are first named
//   # Visitor: attacker            who looks (default: visitor)
//   # Balance: attacker 10         what a member holds afterwards
//   # Tried                        it is not looked at but tried by its owner, on the form ("Run preview")
//   # Meanwhile                    it goes on running while the programs below it are looked at
//
// A file with several programs, each from a line `#!python` on, is an attack in several steps: what the first leaves,
// the next finds, or must not find.
//
// The attacks of a folder share one site. `attacks_test --gtest_filter='Kernel*'` runs a folder's,
// `--gtest_filter='*/Bpf'` one.
#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sodium.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>

#include "attacks/attack.h"
#include "confine/calls.h"
#include "ipc/fd.h"
#include "roles/profile/programs.h"
#include "system/site.h"

namespace zoobar {
namespace {

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kOwnProgram = "/zoobar/index.cgi/program";
constexpr const char* kPassword = "correct-horse-7";
constexpr const char* kSubjects[] = {"api",      "files", "kernel",    "memory", "network",
                                     "next_run", "page",  "processes", "time"};
constexpr int kSpares = 2;                  // runs that stand ready, with a uid of the pool each (src/roles/sandbox.cc)
constexpr std::uint32_t kPoolBegins = 100;  // of id_base
constexpr long kTimeLimit = 1000;           // ms, of the runs of time/
constexpr long kAmpleTime = 15000;          // ms, of all others: none of them is to depend on how busy the machine is

// What an innocent member's program shows if nothing has harmed it: its own file of the last look, its own root, a
// thread, an import, its API.
constexpr const char* kInnocent = R"(#!python
import json, os, pathlib, threading, colorsys
kept = pathlib.Path("looks")
looks = int(kept.read_text()) + 1 if kept.exists() else 1
kept.write_text(str(looks))
heard = []
thread = threading.Thread(target=heard.append, args=("a thread",))
thread.start()
thread.join()
print(json.dumps([looks, api.get_self(), api.get_visitor(), sorted(os.listdir("/")), heard, os.getpid(), os.getcwd()]))
)";

std::string Innocent(long looks) {
  return "[" + std::to_string(looks) + R"(, "innocent", "guest", ["looks", "usr"], ["a thread"], 1, "/"])";
}

std::string LookAt(const std::string& owner) { return "/zoobar/index.cgi/users?user=" + UrlEncode(owner); }

constexpr const char* kShown = "<div id=\"profile\">";
constexpr const char* kTried = "<div class=\"output\">";

// What the page shows below this; nothing when it shows none.
std::string ProfileOf(const Answer& page, const std::string& begin = kShown) {
  const std::size_t at = page.body.find(begin), end = page.body.find("</section>", at);
  if (page.status != 200 || at == std::string::npos || end == std::string::npos) return {};
  std::string shown = page.body.substr(at + begin.size(), end - at - begin.size());
  for (const auto& [entity, text] :
       {std::pair("&quot;", "\""), {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
    for (std::size_t found = 0; (found = shown.find(entity, found)) != std::string::npos;)
      shown.replace(found++, std::string(entity).size(), text);
  }
  return shown;
}

std::string EndOf(const Answer& page) {
  if (page.Has("This program ended with an error.")) return "failed";
  if (page.Has("This program took too long and was stopped.")) return "too-long";
  if (page.Has("This program tried blocked actions and was stopped.")) return "stopped";
  if (page.Has("Busy: many programs")) return "busy";
  if (page.Has("This program is paused.")) return "paused";
  return "done";
}

std::set<std::string> Names(const std::string& directory) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
    names.insert(entry.path().filename());
  return names;
}

// Empty where the kernel knows none.
std::string Autogroup(pid_t process) { return ReadWhole("/proc/" + std::to_string(process) + "/autogroup"); }

long Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// Shared memory, semaphores and queues of the IPC namespace that runs share with the sandbox. A thread of its own joins
// it and ends.
std::string SharedMemoryOf(pid_t process) {
  std::string seen;
  std::thread([&] {
    const Fd space(open(("/proc/" + std::to_string(process) + "/ns/ipc").c_str(), O_RDONLY | O_CLOEXEC));
    if (setns(space.get(), CLONE_NEWIPC) != 0) return;
    for (const char* kind : {"shm", "sem", "msg"}) seen += ReadWhole(std::string("/proc/sysvipc/") + kind);
  }).join();
  return seen;
}

// What a run could leave behind, between two runs.
struct Traces {
  std::map<pid_t, std::size_t> descriptors, threads;  // of sandbox, its interpreter, profile
  std::map<pid_t, long> mounts;
  std::string shared_memory;
  std::vector<std::string> spares;  // runs that stand ready; and whatever else has an id of the pool

  friend bool operator==(const Traces&, const Traces&) = default;
};

std::ostream& operator<<(std::ostream& out, const Traces& traces) {
  for (const auto& [pid, count] : traces.descriptors)
    out << "process " << pid << ": " << count << " descriptors, " << traces.threads.at(pid) << " threads, "
        << traces.mounts.at(pid) << " mounts\n";
  for (const std::string& spare : traces.spares) out << "with an id of the pool: " << spare << "\n";
  return out << traces.shared_memory;
}

class AttackTest : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    const std::string suite = testing::UnitTest::GetInstance()->current_test_suite()->name();
    site_ = std::make_unique<LiveSite>();
    const long limit = suite.starts_with("Time/") ? kTimeLimit : kAmpleTime;
    site_->settings.push_back("profile { timeout_ms: " + std::to_string(limit) + " }");
    ASSERT_TRUE(site_->Start()) << site_->Output();
    members_.clear();
    looks_ = 0;
    ASSERT_TRUE(Save("innocent", kInnocent));
    ExpectInnocentUnharmed();
    const std::vector<std::string> spares(kSpares, "a spare");
    const bool quiet = Eventually([&] { return (before_ = Here()).spares == spares && Here() == before_; });
    ASSERT_TRUE(quiet) << before_;
  }

  static void TearDownTestSuite() {
    EXPECT_EQ(site_->Stop(), 0) << site_->Output();
    site_.reset();
  }

  static Visitor& Member(const std::string& name) {
    const auto found = members_.find(name);
    if (found != members_.end()) return found->second;
    Visitor& member = members_.emplace(name, site_->NewVisitor()).first->second;
    EXPECT_EQ(member.Register(name, kPassword, kHome).status, 303) << name;
    return member;
  }

  static bool Save(const std::string& owner, const std::string& source) {
    return Member(owner).Post(kHome, {{"profile_update", source}, {"profile_submit", "Save"}}).Has("Profile saved.");
  }

  // Right at the first look, or busy: then soon.
  static void ExpectInnocentUnharmed() {
    ++looks_;
    Answer page;
    const bool right = Eventually([&] {
      page = Member("guest").Get(LookAt("innocent"));
      const std::string end = EndOf(page);
      return page.status == 200 && end != "busy" && end != "too-long";
    });
    EXPECT_TRUE(right && ProfileOf(page).starts_with(Innocent(looks_))) << page.status << page.body;
  }

  static Traces Here() {
    Traces traces;
    const pid_t sandbox = site_->PidOf("sandbox");
    std::vector<pid_t> watched = {sandbox, site_->PidOf("profile")};
    for (const std::string& name : Names("/proc")) {
      const pid_t pid = std::atoi(name.c_str());
      if (pid <= 0) continue;
      const auto uid = std::strtoul(StatusField(pid, "Uid").c_str(), nullptr, 10);
      const auto parent = std::atoi(StatusField(pid, "PPid").c_str());
      if (uid >= site_->id_base() + kPoolBegins && uid < site_->id_base() + 256) {
        // A run that waits for its program is a child of the sandbox, init of its own pid namespace, and alone in it.
        // It shares the sandbox's part of the processor, where the kernel has each session its own.
        const std::string spaces = StatusField(pid, "NSpid");
        const bool reads_program = ReadWhole("/proc/" + name + "/syscall").starts_with("0 0x3 ");
        const bool shares_processor = Autogroup(pid) == Autogroup(sandbox);
        const bool spare = parent == sandbox && spaces.ends_with("\t1") && StatusField(pid, "Threads") == "1" &&
                           reads_program && shares_processor;
        traces.spares.push_back(spare ? "a spare"
                                      : "process " + name + " of " + std::to_string(parent) + ", " + spaces);
      } else if (parent == sandbox && sandbox > 0) {
        watched.push_back(pid);
      }
    }
    for (const pid_t pid : watched) {
      const std::string folder = "/proc/" + std::to_string(pid);
      traces.descriptors[pid] = Names(folder + "/fd").size();
      traces.threads[pid] = Names(folder + "/task").size();
      traces.mounts[pid] = Lines(ReadWhole(folder + "/mountinfo"));
    }
    traces.shared_memory = SharedMemoryOf(sandbox);
    return traces;
  }

  // This attack's own members: no other attack is held against them.
  std::string Name(const std::string& part) const { return part + " of " + GetParam(); }

  // What the security log says of an owner's program.
  struct Logged {
    std::map<std::string, int> denied;
    std::set<std::string> visitors, programs;
    bool ended = false;
  };
  static Logged LoggedOf(const std::string& owner, const std::string& program) {
    Logged logged;
    std::istringstream lines(ReadWhole(site_->state() + "/log/security.log"));
    for (std::string line; std::getline(lines, line);) {
      google::protobuf::Struct entry;
      if (!google::protobuf::util::JsonStringToMessage(line, &entry).ok()) {
        ADD_FAILURE() << "the security log holds what is no line of it: " << line;
        continue;
      }
      const std::string& event = entry.fields().at("event").string_value();
      if (event != "program-denied" && event != "program-ended") continue;
      const auto& fields = entry.fields().at("fields").struct_value().fields();
      if (fields.at("owner").string_value() != owner || fields.at("program").string_value() != program) continue;
      logged.visitors.insert(fields.at("visitor").string_value());
      if (event == "program-ended") logged.ended = true;
      std::string call = event == "program-denied" ? fields.at("call").string_value() : "";
      std::replace(call.begin(), call.end(), ' ', '_');
      if (event == "program-denied") logged.denied[call] += std::atoi(fields.at("count").string_value().c_str());
    }
    return logged;
  }

  // The first bytes of the text's BLAKE2b hash: how the log names a program.
  static std::string ProgramName(const std::string& source) {
    unsigned char hash[32];
    char text[17];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(source.data()), source.size(), nullptr,
                       0);
    return sodium_bin2hex(text, sizeof text, hash, 8);
  }

  void ExpectLogged(const Step& step) {
    const std::string owner = Name(step.owner), program = ProgramName(step.source);
    const auto as_told = [&](const Logged& logged) {
      const auto is_told = [&](const auto& each) {
        return std::ranges::any_of(step.denied, [&](const Denial& told) { return told.Is(each.first, each.second); });
      };
      const auto is_logged = [&](const Denial& told) {
        return told.may_be ||
               std::ranges::any_of(logged.denied, [&](const auto& each) { return told.Is(each.first, each.second); });
      };
      return std::ranges::all_of(logged.denied, is_told) && std::ranges::all_of(step.denied, is_logged) &&
             logged.ended == (step.expect == "stopped");
    };
    Eventually([&] { return as_told(LoggedOf(owner, program)); });
    const Logged logged = LoggedOf(owner, program);
    std::string denied;
    for (const auto& [call, count] : logged.denied) denied += " " + call + "=" + std::to_string(count);
    EXPECT_TRUE(as_told(logged)) << "denied:" << denied << (logged.ended ? ", ended" : ", not ended for it");
    for (const std::string& visitor : logged.visitors) EXPECT_EQ(visitor, Name(step.visitor));
  }

  static bool Shows(const Step& step, const Answer& page) {
    const std::string shown = ProfileOf(page);
    return std::ranges::all_of(step.output, [&](const std::string& expression) { return Finds(expression, shown); });
  }

  void ExpectAsTold(const Step& step, const Answer& page) {
    ASSERT_EQ(page.status, 200);
    const std::string shown = ProfileOf(page, step.tried ? kTried : kShown);
    EXPECT_EQ(EndOf(page), step.expect) << shown;
    for (const std::string& expression : step.output)
      EXPECT_TRUE(Finds(expression, shown)) << expression << "\nin\n" << shown;
    for (const std::string& expression : step.absent)
      EXPECT_FALSE(Finds(expression, page.body)) << expression << page.body;
    // Tried, it stands on the page as its owner typed it, too.
    EXPECT_EQ((step.tried ? shown : page.body).find("BREACH"), std::string::npos) << shown;
    EXPECT_TRUE(page.Has(step.tried ? "id=\"limits-title\"" : "id=\"log-title\""))
        << "the page goes on below the profile: " << page.body;
    ExpectLogged(step);
    for (const auto& [member, zoobars] : step.balances) EXPECT_EQ(Member(Name(member)).Balance(), zoobars) << member;
    if (step.owner_sees.empty()) return;
    // A page need not wait until what its program left is written down.
    Answer own;
    const auto seen = [&](const std::string& expression) { return Finds(expression, own.body); };
    Eventually([&] {
      own = Member(Name(step.owner)).Get(kOwnProgram);
      return std::ranges::all_of(step.owner_sees, seen);
    });
    for (const std::string& expression : step.owner_sees) EXPECT_TRUE(seen(expression)) << expression << own.body;
    EXPECT_FALSE(own.Has("BREACH")) << own.body;
  }

  Answer Try(const Step& step) {
    return Member(Name(step.owner)).Post(kHome, {{"profile_update", step.source}, {"profile_try", "Run"}});
  }

  // The limit is of the time a run is given. On a machine that has other work it lasts longer by the clock, which is
  // what the owner is told: up to kMostTimes the limit, to within 200 ms on an idle machine and here within a limit
  // more.
  void ExpectEndsInTime(const Step& step) {
    const Answer tried = Try(step);
    const std::string fact = "Time: ";
    const std::size_t at = tried.body.find(fact);
    ASSERT_NE(at, std::string::npos) << tried.body;
    const double took = std::atof(tried.body.c_str() + at + fact.size());
    EXPECT_GT(took, 0);
    EXPECT_LT(took, (Programs::kMostTimes + 1) * kTimeLimit) << "the limit is " << kTimeLimit << " ms";
    RecordProperty("ended_ms", static_cast<int>(took));
  }

  // Begins to look; the answer is received later.
  void BeginLook(const Step& step) {
    Visitor& visitor = Member(Name(step.visitor));
    std::string jar;
    for (const auto& [name, value] : visitor.cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
    ASSERT_TRUE(
        visitor.Send("GET " + LookAt(Name(step.owner)) + " HTTP/1.1\r\nHost: x\r\nCookie: " + jar + "\r\n\r\n"));
  }

  static std::size_t Running() {
    const std::string status = site_->Ctl({"status"}).output, counter = "programs.running";
    const std::size_t at = status.find(counter);
    return at == std::string::npos ? 0
                                   : std::strtoul(status.c_str() + status.find_first_of("0123456789", at), nullptr, 10);
  }

  static inline std::unique_ptr<LiveSite> site_;
  static inline std::map<std::string, Visitor> members_;
  static inline long looks_ = 0;  // at the innocent's page
  static inline Traces before_;
};

TEST_P(AttackTest, Fails) {
  ASSERT_TRUE(site_);
  Attack attack = ReadAttack(GetParam());
  ASSERT_EQ(attack.mistake, "");
  for (Step& step : attack.steps) step = On(GateOfThisMachine(), std::move(step));
  SCOPED_TRACE(attack.what);
  std::vector<const Step*> going;
  for (const Step& step : attack.steps) {
    ASSERT_TRUE(Save(Name(step.owner), step.source));
    Member(Name(step.visitor));
    for (const auto& [member, zoobars] : step.balances) Member(Name(member)).Balance();  // its account is open now
    if (step.meanwhile) {
      BeginLook(step);
      going.push_back(&step);
      EXPECT_TRUE(Eventually([&] { return Running() == going.size(); }));
      continue;
    }
    if (step.tried) {
      ExpectAsTold(step, Try(step));
      continue;
    }
    BeginLook(step);
    if (step.expect == "too-long") ExpectInnocentUnharmed();  // beside it
    Answer page = Member(Name(step.visitor)).Receive();
    // On a machine with other work its time may be over before it has begun: then again.
    for (int again = 0; again < 5 && step.expect == "too-long" && !Shows(step, page); ++again) {
      BeginLook(step);
      page = Member(Name(step.visitor)).Receive();
    }
    ExpectAsTold(step, page);
    ExpectInnocentUnharmed();
  }
  for (const Step* step : going) ExpectAsTold(*step, Member(Name(step->visitor)).Receive());
  if (GetParam().starts_with("time/")) {
    for (const Step& step : attack.steps) {
      if (step.expect == "too-long") ExpectEndsInTime(step);
    }
  }
  Traces now;
  EXPECT_TRUE(Eventually([&] { return (now = Here()) == before_; })) << "left behind:\n"
                                                                     << now << "before:\n"
                                                                     << before_;
  EXPECT_EQ(site_->Output().find("\"event\":\"died\""), std::string::npos) << site_->Output();
}

std::string CamelCased(const std::string& path) {
  const std::size_t begin = path.find('/') + 1;
  std::string name;
  bool upper = true;
  for (const char byte : path.substr(begin, path.rfind('.') - begin)) {
    if (byte != '_') name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(byte))) : byte;
    upper = byte == '_';
  }
  return name;
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) { return CamelCased(info.param); }

INSTANTIATE_TEST_SUITE_P(Api, AttackTest, testing::ValuesIn(AttacksIn("api")), NameOf);
INSTANTIATE_TEST_SUITE_P(Files, AttackTest, testing::ValuesIn(AttacksIn("files")), NameOf);
INSTANTIATE_TEST_SUITE_P(Kernel, AttackTest, testing::ValuesIn(AttacksIn("kernel")), NameOf);
INSTANTIATE_TEST_SUITE_P(Memory, AttackTest, testing::ValuesIn(AttacksIn("memory")), NameOf);
INSTANTIATE_TEST_SUITE_P(Network, AttackTest, testing::ValuesIn(AttacksIn("network")), NameOf);
INSTANTIATE_TEST_SUITE_P(NextRun, AttackTest, testing::ValuesIn(AttacksIn("next_run")), NameOf);
INSTANTIATE_TEST_SUITE_P(Page, AttackTest, testing::ValuesIn(AttacksIn("page")), NameOf);
INSTANTIATE_TEST_SUITE_P(Processes, AttackTest, testing::ValuesIn(AttacksIn("processes")), NameOf);
INSTANTIATE_TEST_SUITE_P(Time, AttackTest, testing::ValuesIn(AttacksIn("time")), NameOf);

TEST(AttackFiles, EveryFolderIsRun) {
  std::set<std::string> folders;
  for (const std::string& path : AllAttacks()) folders.insert(path.substr(0, path.find('/')));
  EXPECT_THAT(folders, testing::ElementsAreArray(kSubjects));
}

// Both kinds of machine, whichever this one is.
TEST(AttackFiles, AnAttackThroughTheGateFor32BitProgramsIsADeniedCallOrAFaultAndNothingElse) {
  for (const char* path : {"kernel/int_80.py", "kernel/compatibility_mode.py"}) {
    const Attack attack = ReadAttack(path);
    ASSERT_EQ(attack.mistake, "") << path;
    ASSERT_EQ(attack.steps.size(), 1u) << path;
    const Step call = On(Gate32::kCall, attack.steps[0]), fault = On(Gate32::kFault, attack.steps[0]);
    EXPECT_EQ(call.expect, "stopped") << path;
    ASSERT_EQ(call.denied.size(), 1u) << path;
    EXPECT_TRUE(call.denied[0].Is("another_architecture's_system_call", 1)) << path;
    EXPECT_TRUE(call.owner_sees.empty()) << path;
    EXPECT_EQ(fault.expect, "failed") << path;
    EXPECT_TRUE(fault.denied.empty()) << path;
    EXPECT_THAT(fault.owner_sees, testing::ElementsAre("signal 11")) << path;
    EXPECT_EQ(fault.output, call.output) << path;
  }
  const Attack other = ReadAttack("kernel/x32.py");
  ASSERT_EQ(other.steps.size(), 1u);
  EXPECT_EQ(On(Gate32::kFault, other.steps[0]).expect, "stopped") << "the kernel takes these numbers everywhere";
}

TEST(AttackFiles, EverySystemCallThatProgramsMayNotMakeIsTriedByOne) {
  std::set<int> allowed = {SYS_clone3};  // not there at all: nothing to log
  for (const AllowedCall& call : CallsOf(Calls::kProgram)) allowed.insert(call.number);
  std::set<std::string> tried;
  for (const std::string& path : AllAttacks()) {
    for (const Step& step : ReadAttack(path).steps) {
      for (const Denial& denial : step.denied) tried.insert(denial.names.begin(), denial.names.end());
    }
  }
  for (int number = 0; number <= SYS_set_mempolicy_home_node; ++number) {
    const std::string name = CallName(number);
    const bool is_one = !std::isdigit(static_cast<unsigned char>(name[0]));
    EXPECT_TRUE(!is_one || allowed.contains(number) || tried.contains(name)) << name;
  }
}

}  // namespace
}  // namespace zoobar
