// What the administrator of the machine sees of a running site: whose its processes are, what they can reach, and what
// it leaves on the disk and in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "ipc/channel.h"
#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAreArray;

constexpr const char* kUnusualPassword = "Nimble-Quartz-Sphinx-48151623";

std::string Link(const std::string& path) {
  char target[4096];
  const ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size < 0 ? "" : std::string(target, static_cast<std::size_t>(size));
}

std::vector<std::string> EntriesOf(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

constexpr const char* kCapabilitySets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  std::istringstream text(ReadWhole(Proc(pid, "task/" + std::to_string(pid) + "/children")));
  for (pid_t child = 0; text >> child;) children.push_back(child);
  return children;
}

bool HasSameId(pid_t a, pid_t b) { return StatusField(a, "Uid") == StatusField(b, "Uid"); }

// The children of sandbox are its interpreter, which has the same id, and runs, which have ids of the pool. 0 if there
// is no interpreter.
pid_t InterpreterOf(pid_t sandbox) {
  pid_t found = 0;
  Eventually([&] {
    const std::vector<pid_t> children = ChildrenOf(sandbox);
    const auto same =
        std::find_if(children.begin(), children.end(), [&](pid_t child) { return HasSameId(child, sandbox); });
    found = same == children.end() ? 0 : *same;
    return found != 0;
  });
  return found;
}

std::vector<pid_t> RunsOf(pid_t sandbox) {
  std::vector<pid_t> runs = ChildrenOf(sandbox);
  std::erase_if(runs, [&](pid_t child) { return HasSameId(child, sandbox) || StatusField(child, "Uid").empty(); });
  return runs;
}

// Whether the text is anywhere in the memory of a process.
bool MemoryHolds(pid_t pid, const std::string& text) {
  std::ifstream memory(Proc(pid, "mem"), std::ios::binary);
  std::istringstream maps(ReadWhole(Proc(pid, "maps")));
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char readable = '-';
    if (sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &readable) != 3 || readable != 'r') continue;
    if (line.find("[v") != std::string::npos) continue;  // the kernel's own pages
    // It is read in pieces that overlap by the length of the text, because the map of a store may be far larger than
    // its file.
    constexpr unsigned long kPiece = 1 << 20;
    std::string piece;
    for (unsigned long at = begin; at < end; at += kPiece) {
      piece.resize(std::min(end - at, kPiece + text.size()));
      memory.clear();
      memory.seekg(static_cast<std::streamoff>(at));
      memory.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      piece.resize(static_cast<std::size_t>(memory.gcount()));
      if (piece.empty()) break;  // past the end of the file behind it
      if (piece.find(text) != std::string::npos) return true;
    }
  }
  return false;
}

bool KeepsAStore(const std::string& role) {
  return role == "auth" || role == "bank" || role == "honeychecker" || role == "keys" || role == "notary" ||
         role == "profile" || role == "course";
}

class PrivilegeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    site_->settings.clear();  // as it is delivered
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  // The roles and the master.
  static std::vector<RoleProcess> Everybody() {
    std::vector<RoleProcess> all = site_->Roles();
    all.push_back({"master", site_->master()});
    return all;
  }
  static std::unique_ptr<LiveSite> site_;
};

std::unique_ptr<LiveSite> PrivilegeTest::site_;

TEST_F(PrivilegeTest, EveryRoleRunsAndItsNameIsInPs) {
  std::vector<std::string> names;
  for (const RoleProcess& process : Everybody()) {
    names.push_back(process.name);
    EXPECT_STREQ(ReadWhole(Proc(process.pid, "cmdline")).c_str(), ("zoobar: " + process.name).c_str());
    EXPECT_EQ(ReadWhole(Proc(process.pid, "comm")), process.name + "\n");
  }
  std::vector<std::string> expected = {"sanitizer", "edge"};  // they have two instances
  for (int role = ROLE_MASTER; role < Role_ARRAYSIZE; ++role) {
    if (Role_IsValid(role) && role != ROLE_OPERATOR) expected.emplace_back(RoleName(static_cast<Role>(role)));
  }
  EXPECT_THAT(names, UnorderedElementsAreArray(expected));
}

TEST_F(PrivilegeTest, NoProcessIsRootAndNoTwoRolesShareAnId) {
  std::map<std::string, std::string> uids, gids;  // which role has an id: two sanitizers may have the same
  for (const RoleProcess& process : Everybody()) {
    for (const char* kind : {"Uid", "Gid"}) {
      std::istringstream ids(StatusField(process.pid, kind));
      unsigned long real = 0, id = 0;
      ids >> real;
      EXPECT_GT(real, site_->id_base()) << process.name;
      EXPECT_LT(real, site_->id_base() + 256) << process.name;
      for (int i = 0; i < 3; ++i) {
        ids >> id;
        EXPECT_EQ(id, real) << process.name << "'s effective, saved and file system " << kind;
      }
      EXPECT_EQ((kind[0] == 'U' ? uids : gids).emplace(std::to_string(real), process.name).first->second, process.name);
    }
    EXPECT_EQ(StatusField(process.pid, "Groups"), "") << process.name;
  }
}

TEST_F(PrivilegeTest, EveryProcessIsFilteredCannotGainPrivilegesAndHasNoCapabilityOutsideZoobar) {
  const std::string masters = Link(Proc(site_->master(), "ns/user"));
  for (const RoleProcess& process : Everybody()) {
    EXPECT_EQ(StatusField(process.pid, "NoNewPrivs"), "1") << process.name;
    EXPECT_EQ(StatusField(process.pid, "Seccomp"), "2") << process.name;
    // It is in zoobar's own user namespace, if the machine allows one. Only there the master's capabilities count.
    EXPECT_NE(Link(Proc(process.pid, "ns/user")), Link("/proc/self/ns/user")) << process.name;
    if (process.name == "master" || process.name == "sandbox") continue;  // sandbox: below
    EXPECT_EQ(Link(Proc(process.pid, "ns/user")), masters) << process.name;
    for (const char* set : kCapabilitySets)
      EXPECT_EQ(StatusField(process.pid, set), "0000000000000000") << process.name << " " << set;
  }
}

// The capabilities of sandbox count in a user namespace inside the master's, in which only its own id and those of the
// pool exist.
TEST_F(PrivilegeTest, SandboxsPowersReachThePoolsIdsAndNoRoles) {
  const pid_t sandbox = site_->PidOf("sandbox"), interpreter = InterpreterOf(sandbox);
  ASSERT_GT(interpreter, 0);
  const unsigned long base = site_->id_base();
  for (const pid_t pid : {sandbox, interpreter}) {
    EXPECT_NE(Link(Proc(pid, "ns/user")), Link(Proc(site_->master(), "ns/user")));
    EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(StatusField(pid, "Seccomp"), "2");
    for (const char* map : {"uid_map", "gid_map"}) {
      std::istringstream lines(ReadWhole(Proc(pid, map)));
      std::vector<std::vector<unsigned long>> ranges;
      for (unsigned long inside = 0, outside = 0, count = 0; lines >> inside >> outside >> count;)
        ranges.push_back({inside, outside, count});
      EXPECT_THAT(ranges, ElementsAre(ElementsAre(base + 17, base + 17, 1u), ElementsAre(base + 100, base + 100, 156u)))
          << map;
    }
  }
  // CAP_KILL and CAP_DAC_READ_SEARCH. It needs them to end runs, and to read what they left.
  for (const char* set : {"CapPrm", "CapEff", "CapBnd"})
    EXPECT_EQ(StatusField(sandbox, set), "0000000000000024") << set;
  for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(StatusField(sandbox, set), "0000000000000000") << set;
}

TEST_F(PrivilegeTest, TheInterpreterSharesSandboxsIdAndRunsHaveOneEachAndNoPowerAtAll) {
  const pid_t sandbox = site_->PidOf("sandbox"), interpreter = InterpreterOf(sandbox);
  ASSERT_GT(interpreter, 0);
  EXPECT_EQ(StatusField(interpreter, "Uid"), StatusField(sandbox, "Uid"));
  EXPECT_TRUE(Eventually(
      [&] { return std::string(ReadWhole(Proc(interpreter, "cmdline")).c_str()) == "zoobar: interpreter"; }));
  // The runs are spares, which wait for their programs. The canary, which ends by itself, has come and gone.
  ASSERT_TRUE(site_->Says("the walls stand"));
  std::vector<pid_t> runs;
  ASSERT_TRUE(Eventually([&] {
    runs = RunsOf(sandbox);
    return !runs.empty() && std::all_of(runs.begin(), runs.end(), [](pid_t run) {
      return StatusField(run, "CapEff") == "0000000000000000" && StatusField(run, "Seccomp_filters") == "5";
    });
  }));
  std::set<std::string> ids, mounts, pids;
  for (const pid_t run : runs) {
    std::istringstream uid(StatusField(run, "Uid"));
    unsigned long id = 0;
    uid >> id;
    EXPECT_GE(id, site_->id_base() + 100);
    EXPECT_LT(id, site_->id_base() + 256);
    EXPECT_TRUE(ids.insert(std::to_string(id)).second);
    EXPECT_TRUE(mounts.insert(Link(Proc(run, "ns/mnt"))).second);
    EXPECT_TRUE(pids.insert(Link(Proc(run, "ns/pid"))).second);
    for (const char* set : kCapabilitySets) EXPECT_EQ(StatusField(run, set), "0000000000000000") << set;
    EXPECT_EQ(StatusField(run, "NoNewPrivs"), "1");
    EXPECT_EQ(StatusField(run, "Groups"), "");
    EXPECT_THAT(EntriesOf(Proc(run, "root/")), ElementsAre("dev", "usr"));
  }
}

TEST_F(PrivilegeTest, EveryRoleLivesInNamespacesOfItsOwn) {
  for (const char* kind : {"pid", "mnt", "net", "ipc", "uts"}) {
    std::set<std::string> seen = {Link(std::string("/proc/self/ns/") + kind)};
    for (const RoleProcess& process : site_->Roles()) {
      EXPECT_TRUE(seen.insert(Link(Proc(process.pid, std::string("ns/") + kind))).second)
          << process.name << " " << kind;
    }
  }
  for (const RoleProcess& process : site_->Roles()) {
    EXPECT_THAT(StatusField(process.pid, "NSpid"), testing::EndsWith("\t1")) << process.name << " is init of its own";
  }
}

TEST_F(PrivilegeTest, ARolesRootHoldsItsOwnFolderOrNothing) {
  for (const RoleProcess& process : site_->Roles()) {
    const std::vector<std::string> entries = EntriesOf(Proc(process.pid, "root/"));
    if (process.name == "sandbox") {
      // These are what its interpreter and runs load, mounted read-only.
      EXPECT_THAT(entries, ElementsAre("dev", "lib", "lib64", "run", "usr"));
      EXPECT_THAT(EntriesOf(Proc(process.pid, "root/run")), IsEmpty());
      // No package is listed, so their tree is empty.
      EXPECT_THAT(EntriesOf(Proc(process.pid, "root/usr")), ElementsAre("lib", "lib64", "packages", "share"));
      EXPECT_THAT(EntriesOf(Proc(process.pid, "root/usr/packages")), IsEmpty());
      std::istringstream mounts(ReadWhole(Proc(process.pid, "mountinfo")));
      for (std::string line; std::getline(mounts, line);) {
        const bool devices = line.find(" /dev ") != line.npos;  // devices of its own, so not nodev
        EXPECT_THAT(line, HasSubstr(devices ? " ro,nosuid,noexec" : " ro,nosuid,nodev")) << line;
      }
      continue;
    }
    if (process.name == "static") {
      EXPECT_THAT(entries, ElementsAre("acme", "web"));
    } else if (KeepsAStore(process.name)) {
      EXPECT_THAT(entries, ElementsAre("store")) << process.name;
    } else {
      EXPECT_THAT(entries, IsEmpty()) << process.name;
    }
    // Nothing else is mounted there, and no file there can be executed.
    std::istringstream mounts(ReadWhole(Proc(process.pid, "mountinfo")));
    std::size_t count = 0;
    for (std::string line; std::getline(mounts, line); ++count) EXPECT_THAT(line, HasSubstr("noexec")) << process.name;
    EXPECT_EQ(count, 1 + entries.size()) << process.name;
  }
}

TEST_F(PrivilegeTest, NoDescriptorOfARoleLeadsOutsideIt) {
  Browser browser = site_->NewBrowser();
  ASSERT_EQ(browser.Get("/zoobar/media/zoobar.css").status, 200);
  ASSERT_EQ(browser.Get("/zoobar/index.cgi/login").status, 200);
  for (const RoleProcess& process : site_->Roles()) {
    for (const std::string& fd : EntriesOf(Proc(process.pid, "fd"))) {
      const std::string target = Link(Proc(process.pid, "fd/" + fd));
      if (target.empty() || target == "/dev/null") continue;  // closed meanwhile
      const bool plain =
          target.starts_with("socket:") || target.starts_with("pipe:") || target.starts_with("anon_inode:");
      bool own = false;
      if (process.name == "logger") own = target.starts_with(site_->state() + "/log/");
      if (process.name == "static") own = target.starts_with("/web") || target.starts_with("/acme");
      // Files below the web root that are being served, or cached. static opened them for reading.
      if (process.name == "dispatcher") own = target.starts_with("/web/") || target.find("/web/root/") != target.npos;
      if (KeepsAStore(process.name)) own = target.starts_with("/store/");
      if (process.name == "sandbox") own = target == "/";  // the roots of runs
      EXPECT_TRUE(plain || own) << process.name << " holds " << target;
    }
  }
}

TEST_F(PrivilegeTest, NothingUnderTheStateDirectoryIsOpenToOthers) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    struct stat status;
    ASSERT_EQ(lstat(entry.path().c_str(), &status), 0) << entry.path();
    // static reads the challenges of ACME, which are public.
    const bool challenges = entry.path().string().starts_with(site_->state() + "/acme");
    EXPECT_EQ(status.st_mode & 007, challenges ? 5u : 0u) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 15u);
  struct stat status;
  ASSERT_EQ(stat(site_->state().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(PrivilegeTest, APasswordIsInNoFileAndSoonInNoMemory) {
  const std::string name = "Amaryllis-the-member";
  Browser browser = site_->NewBrowser();
  ASSERT_EQ(browser.Register(name, kUnusualPassword).status, 303);
  ASSERT_EQ(browser.Login(name, kUnusualPassword).status, 303);
  EXPECT_EQ(browser.Login(name, std::string(kUnusualPassword) + "-wrong").status, 200);
  // One second after a login is promised, but a machine that is busy with other work must not fail the test.
  for (const char* role : {"dispatcher", "app", "login", "auth"}) {
    const pid_t pid = site_->PidOf(role);
    EXPECT_TRUE(Eventually([&] { return !MemoryHolds(pid, kUnusualPassword); })) << role;
  }
  EXPECT_TRUE(MemoryHolds(site_->PidOf("auth"), name)) << "the search finds a text that is there";

  ASSERT_EQ(browser.Get("/zoobar/index.cgi/").status, 200);
  bool name_found = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    if (!entry.is_regular_file()) continue;
    const std::string content = ReadWhole(entry.path());
    EXPECT_EQ(content.find(kUnusualPassword), std::string::npos) << entry.path();
    name_found = name_found || content.find(name) != std::string::npos;
  }
  EXPECT_TRUE(name_found);
  EXPECT_EQ(site_->Output().find(kUnusualPassword), std::string::npos);
}

TEST_F(PrivilegeTest, ASessionTokenIsInNoFileAndInNoLog) {
  Browser browser = site_->NewBrowser();
  ASSERT_EQ(browser.Register("session-holder", kUnusualPassword).status, 303);
  const std::string token = browser.cookies["PyZoobarLogin"];
  ASSERT_GT(token.size(), 20u);
  ASSERT_EQ(browser.Balance(), 10);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(ReadWhole(entry.path()).find(token), std::string::npos) << entry.path();
  }
  EXPECT_EQ(site_->Output().find(token), std::string::npos);
}

}  // namespace
}  // namespace zoobar
