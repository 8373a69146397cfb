// What the machine's administrator sees of a running site: who its processes are, what they can reach, what lies about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "system/site.h"

namespace zoobar {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kPassword = "Nimble-Quartz-Sphinx-48151623";

std::string Link(const std::string& path) {
  char target[4096];
  const ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size < 0 ? "" : std::string(target, static_cast<std::size_t>(size));
}

std::string Proc(pid_t pid, const std::string& what) { return "/proc/" + std::to_string(pid) + "/" + what; }

std::vector<std::string> EntriesOf(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// Whether a process has the text anywhere in its memory.
bool MemoryHolds(pid_t pid, const std::string& text) {
  std::ifstream memory(Proc(pid, "mem"), std::ios::binary);
  std::istringstream maps(ReadWhole(Proc(pid, "maps")));
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char readable = '-';
    if (sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &readable) != 3 || readable != 'r') continue;
    if (line.find("[v") != std::string::npos) continue;  // the kernel's own pages
    // In pieces that overlap by the text's length: a store's map may be far larger than its file.
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

class PrivilegeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    site_->settings.clear();  // as it is delivered
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static std::vector<RoleProcess> Everybody() {
    std::vector<RoleProcess> all = site_->Roles();
    all.push_back({"master", site_->master()});
    return all;
  }
  static std::unique_ptr<LiveSite> site_;
};

std::unique_ptr<LiveSite> PrivilegeTest::site_;

TEST_F(PrivilegeTest, EveryRoleRunsOnceAndItsNameIsInPs) {
  std::vector<std::string> names;
  for (const RoleProcess& process : Everybody()) {
    names.push_back(process.name);
    EXPECT_STREQ(ReadWhole(Proc(process.pid, "cmdline")).c_str(), ("zoobar: " + process.name).c_str());
    EXPECT_EQ(ReadWhole(Proc(process.pid, "comm")), process.name + "\n");
  }
  EXPECT_THAT(names, ElementsAre("admin", "app", "auth", "bank", "dispatcher", "echo", "logger", "profile", "sanitizer",
                                 "static", "master"));
}

TEST_F(PrivilegeTest, NoProcessIsRootAndNoTwoShareAnId) {
  std::set<std::string> uids, gids;
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
      EXPECT_TRUE((kind[0] == 'U' ? uids : gids).insert(std::to_string(real)).second) << process.name;
    }
    EXPECT_EQ(StatusField(process.pid, "Groups"), "") << process.name;
  }
}

TEST_F(PrivilegeTest, EveryProcessIsFilteredCannotGainPrivilegesAndHasNoCapabilityOutsideZoobar) {
  for (const RoleProcess& process : Everybody()) {
    EXPECT_EQ(StatusField(process.pid, "NoNewPrivs"), "1") << process.name;
    EXPECT_EQ(StatusField(process.pid, "Seccomp"), "2") << process.name;
    // In zoobar's own user namespace, if the machine allows one: what the master keeps counts there alone.
    EXPECT_NE(Link(Proc(process.pid, "ns/user")), Link("/proc/self/ns/user")) << process.name;
    if (process.name == "master") continue;
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
      EXPECT_EQ(StatusField(process.pid, set), "0000000000000000") << process.name << " " << set;
    }
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
    if (process.name == "static") {
      EXPECT_THAT(entries, ElementsAre("web"));
    } else if (process.name == "auth" || process.name == "bank" || process.name == "profile") {
      EXPECT_THAT(entries, ElementsAre("store")) << process.name;
    } else {
      EXPECT_THAT(entries, IsEmpty()) << process.name;
    }
    // Nothing else is mounted there either, and nothing of it can be executed but the loaded program itself.
    std::istringstream mounts(ReadWhole(Proc(process.pid, "mountinfo")));
    std::size_t count = 0;
    for (std::string line; std::getline(mounts, line); ++count) EXPECT_THAT(line, HasSubstr("noexec")) << process.name;
    EXPECT_EQ(count, 1 + entries.size()) << process.name;
  }
}

TEST_F(PrivilegeTest, NoDescriptorOfARoleLeadsOutsideIt) {
  Visitor visitor = site_->NewVisitor();
  ASSERT_EQ(visitor.Get("/zoobar/media/zoobar.css").status, 200);
  ASSERT_EQ(visitor.Get("/zoobar/index.cgi/login").status, 200);
  for (const RoleProcess& process : site_->Roles()) {
    for (const std::string& fd : EntriesOf(Proc(process.pid, "fd"))) {
      const std::string target = Link(Proc(process.pid, "fd/" + fd));
      if (target.empty() || target == "/dev/null") continue;  // closed meanwhile
      const bool plain =
          target.starts_with("socket:") || target.starts_with("pipe:") || target.starts_with("anon_inode:");
      bool own = false;
      if (process.name == "logger") own = target.starts_with(site_->state() + "/log/");
      if (process.name == "static") own = target.starts_with("/web");
      // What is being served, or cached: opened by static, below the web root, for reading.
      if (process.name == "dispatcher") own = target.starts_with("/web/") || target.find("/web/root/") != target.npos;
      if (process.name == "auth" || process.name == "bank" || process.name == "profile")
        own = target.starts_with("/store/");
      EXPECT_TRUE(plain || own) << process.name << " holds " << target;
    }
  }
}

TEST_F(PrivilegeTest, NothingUnderTheStateDirectoryIsOpenToOthers) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    struct stat status;
    ASSERT_EQ(lstat(entry.path().c_str(), &status), 0) << entry.path();
    EXPECT_EQ(status.st_mode & 007, 0u) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 15u);
  struct stat status;
  ASSERT_EQ(stat(site_->state().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(PrivilegeTest, APasswordIsInNoFileAndSoonInNoMemory) {
  const std::string name = "Amaryllis-the-member";
  Visitor visitor = site_->NewVisitor();
  ASSERT_EQ(visitor.Register(name, kPassword).status, 303);
  ASSERT_EQ(visitor.Login(name, kPassword).status, 303);
  EXPECT_EQ(visitor.Login(name, std::string(kPassword) + "-wrong").status, 200);
  // The claim is one second after a login; how fast this machine is, is not.
  for (const char* role : {"dispatcher", "app", "auth"}) {
    const pid_t pid = site_->PidOf(role);
    EXPECT_TRUE(Eventually([&] { return !MemoryHolds(pid, kPassword); }, std::chrono::seconds(5))) << role;
  }
  EXPECT_TRUE(MemoryHolds(site_->PidOf("auth"), name)) << "the search itself finds what is there";

  ASSERT_EQ(visitor.Get("/zoobar/index.cgi/").status, 200);
  bool name_found = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    if (!entry.is_regular_file()) continue;
    const std::string content = ReadWhole(entry.path());
    EXPECT_EQ(content.find(kPassword), std::string::npos) << entry.path();
    name_found = name_found || content.find(name) != std::string::npos;
  }
  EXPECT_TRUE(name_found);
  EXPECT_EQ(site_->Output().find(kPassword), std::string::npos);
}

TEST_F(PrivilegeTest, ASessionTokenIsInNoFileAndInNoLog) {
  Visitor visitor = site_->NewVisitor();
  ASSERT_EQ(visitor.Register("session-holder", kPassword).status, 303);
  const std::string token = visitor.cookies["PyZoobarLogin"];
  ASSERT_GT(token.size(), 20u);
  ASSERT_EQ(visitor.Balance(), 10);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(ReadWhole(entry.path()).find(token), std::string::npos) << entry.path();
  }
  EXPECT_EQ(site_->Output().find(token), std::string::npos);
}

}  // namespace
}  // namespace zoobar
