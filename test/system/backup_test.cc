// Backups of a live site: made while members register and pay, killed at any moment, restored, and used.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <lmdb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

// Executes zoobar without waiting for its end.
pid_t Begin(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ZoobarBinary());
  const pid_t pid = fork();
  if (pid == 0) Become(arguments, open("/dev/null", O_WRONLY), [] {});
  return pid;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::size_t CountIn(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

// Returns how many places of LMDB's table of readers were ever used at once.
unsigned ReadersOf(const std::string& store) {
  MDB_env* env = nullptr;
  EXPECT_EQ(mdb_env_create(&env), 0);
  EXPECT_EQ(mdb_env_open(env, store.c_str(), MDB_RDONLY | MDB_NOTLS, 0600), 0);
  MDB_envinfo info{};
  EXPECT_EQ(mdb_env_info(env, &info), 0);
  mdb_env_close(env);
  return info.me_numreaders;
}

// Kills the copiers too, and waits until they are gone: they die with the process that started them.
void Kill(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

class BackupTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }

  Ended Backup(const std::string& target, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"backup", target};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return site_.Ctl(arguments);
  }
  std::vector<std::string> RestoreArguments(const std::string& file, const std::string& state) const {
    return {"restore",
            file,
            "--config",
            site_.config,
            "--state-dir",
            state,
            "--set=id_base: " + std::to_string(site_.id_base())};
  }
  // Begins a backup of 2.4 MB, of which 1 MiB is read in a second.
  pid_t BeginSlowBackup() const {
    for (int i = 0; i < 40; ++i) {
      Browser member = site_.NewMember("member" + std::to_string(i));
      EXPECT_TRUE(member.Save(std::string(60'000, 'x')).Has("Profile saved."));
    }
    return Begin({"ctl", "--state-dir", site_.state(), "backup", File("backup"), "--rate=1"});
  }
  // Begins a backup that reads slowly, and waits until the site has held the stores for it.
  pid_t BeginAnother() {
    const std::size_t before = CountIn(site_.Log("events"), "control-backup");
    const pid_t ctl = Begin({"ctl", "--state-dir", site_.state(), "backup", File("killed"), "--rate=1"});
    EXPECT_TRUE(Eventually([&] { return CountIn(site_.Log("events"), "control-backup") > before; }));
    return ctl;
  }
  std::string File(const std::string& name) const { return site_.scratch() + "/" + name; }

  LiveSite site_;
};

// auth, honeychecker and bank are written one after the other when a member registers, so a backup that took them at
// different moments would have members that one of them does not know.
TEST_F(BackupTest, IsOfOneMomentWhileMembersRegisterAndPay) {
  Browser payer = site_.NewMember("payer");
  site_.NewMember("payee");
  std::atomic<bool> stop = false;
  std::atomic<int> registered = 0, paid = 0;
  std::thread registers([&] {
    for (int i = 0; !stop; ++i) {
      Browser browser = site_.NewBrowser();
      registered += browser.Register("member" + std::to_string(i), kPassword).status == 303;
    }
  });
  std::thread pays([&] {
    while (!stop) paid += payer.Pay("payee", "1").Has("Sent 1 zoobars") || payer.Pay("payee", "0").status == 200;
  });
  for (int i = 0; i < 12; ++i) {
    const std::string file = File("backup" + std::to_string(i));
    const Ended made = Backup(file);
    EXPECT_EQ(made.status, 0) << made.output;
    const Ended verified = Execute({"verify-backup", file});
    EXPECT_EQ(verified.status, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("its stores belong together"));
  }
  stop = true;
  registers.join();
  pays.join();
  EXPECT_GT(registered, 0);
  EXPECT_GT(paid, 0);
  EXPECT_THAT(site_.Ctl({"verify"}).output, HasSubstr("sound"));
}

TEST_F(BackupTest, ARestoredSiteHasItsMembersTheirMoneyAndTheirProfiles) {
  Browser alice = site_.NewMember("alice");
  site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  ASSERT_TRUE(alice.Save("<b>my profile</b>").Has("Profile saved."));
  ASSERT_EQ(Backup(File("backup")).status, 0);
  ASSERT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));  // after the backup, so it is lost
  EXPECT_EQ(site_.Stop(), 0);
  std::filesystem::rename(site_.state(), File("old"));
  const Ended restored = Execute(RestoreArguments(File("backup"), site_.state()));
  ASSERT_EQ(restored.status, 0) << restored.output;
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser again = site_.NewBrowser();
  EXPECT_EQ(again.Login("alice", kPassword).status, 303);
  EXPECT_EQ(again.BalanceInTime(), 6);
  EXPECT_TRUE(again.Look("alice").Has("<b>my profile</b>"));
  EXPECT_TRUE(again.Pay("bob", "1").Has("Sent 1 zoobars"));
  EXPECT_EQ(again.Login("alice", "wrong-horse-7").status, 200);
  const Ended verified = site_.Ctl({"verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
}

TEST_F(BackupTest, ASealedBackupIsRestoredWithItsKeyAlone) {
  site_.NewMember("alice");
  ASSERT_EQ(Execute({"backup-key", File("key")}).status, 0);
  ASSERT_EQ(Backup(File("backup"), {"--to", File("key.pub")}).status, 0);
  const Ended without = Execute({"verify-backup", File("backup")});
  EXPECT_EQ(without.status, 0);
  EXPECT_THAT(without.output, HasSubstr("its contents were not checked"));
  EXPECT_EQ(Execute({"verify-backup", File("backup"), "--key", File("key")}).status, 0);
  EXPECT_EQ(Execute(RestoreArguments(File("backup"), File("new"))).status, 2);
  EXPECT_EQ(Execute({"verify-backup", File("nothing")}).status, 3);
  auto arguments = RestoreArguments(File("backup"), File("new"));
  arguments.insert(arguments.end(), {"--key", File("key")});
  const Ended restored = Execute(arguments);
  EXPECT_EQ(restored.status, 0) << restored.output;
}

TEST_F(BackupTest, AFolderKeepsTheNewest) {
  const std::string folder = File("backups");
  std::filesystem::create_directory(folder);
  for (const char* name : {"zoobar-20200101T000000Z.backup", "zoobar-20200102T000000Z.backup", "notes"})
    close(open((folder + "/" + name).c_str(), O_CREAT | O_WRONLY, 0600));
  ASSERT_EQ(Backup(folder, {"--keep=2"}).status, 0);
  const std::vector<std::string> names = NamesIn(folder);
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0], "notes");
  EXPECT_EQ(names[1], "zoobar-20200102T000000Z.backup");
  EXPECT_EQ(Execute({"verify-backup", folder + "/" + names[2]}).status, 0);
}

TEST_F(BackupTest, RefusesWithAReason) {
  close(open(File("there").c_str(), O_CREAT | O_WRONLY, 0600));
  const Ended there = Backup(File("there"));
  EXPECT_EQ(there.status, 3);
  EXPECT_THAT(there.output, HasSubstr("it exists already, and is not replaced"));
  EXPECT_THAT(Backup("/nowhere/backup").output, HasSubstr("/nowhere"));
  EXPECT_THAT(Backup(File("backup"), {"--to", File("there")}).output, HasSubstr("this is no file with"));
  kill(site_.PidOf("bank"), SIGSTOP);
  const Ended stopped = Backup(File("backup"));
  kill(site_.PidOf("bank"), SIGCONT);
  EXPECT_EQ(stopped.status, 3);
  EXPECT_THAT(stopped.output, HasSubstr("bank does not answer"));
  EXPECT_FALSE(std::filesystem::exists(File("backup")));
}

// The copier of a store is slowed down, so that there is time to look at it.
TEST_F(BackupTest, ACopierIsTheStoresUserBehindTheWallsOfARole) {
  Browser alice = site_.NewMember("alice");
  const pid_t ctl = BeginSlowBackup();
  std::vector<pid_t> copiers;
  ASSERT_TRUE(Eventually([&] {
    copiers.clear();
    for (const pid_t pid : AllProcesses()) {
      if (StatusField(pid, "PPid") == std::to_string(ctl) && StatusField(pid, "Seccomp") == "2") copiers.push_back(pid);
    }
    return !copiers.empty();
  }));
  for (const pid_t pid : copiers) {
    EXPECT_GT(UidOf(pid), site_.id_base());
    EXPECT_EQ(StatusField(pid, "Groups"), "");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
      EXPECT_EQ(StatusField(pid, set), "0000000000000000") << set;
    EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
    const std::string root = std::filesystem::read_symlink(Proc(pid, "root"));
    EXPECT_TRUE(root.starts_with(site_.state() + "/")) << root;
    EXPECT_LE(NamesIn(Proc(pid, "fd")).size(), 8u);
  }
  Kill(ctl);
  EXPECT_TRUE(Eventually([&] { return std::ranges::none_of(copiers, IsAlive); })) << "copiers outlive ctl";
  EXPECT_FALSE(std::filesystem::exists(File("backup")));
  EXPECT_TRUE(alice.Pay("member1", "1").Has("Sent 1 zoobars"));
  EXPECT_EQ(Backup(File("backup")).status, 0) << "what the killed one has left is no obstacle";
}

// The copiers have the stores open while the roles come back.
TEST_F(BackupTest, RolesThatEndMeanwhileComeBackAndTheBackupIsStillOfItsMoment) {
  Browser alice = site_.NewMember("alice");
  const pid_t ctl = BeginSlowBackup();
  ASSERT_TRUE(Eventually([&] { return site_.Log("events").find("control-backup") != std::string::npos; }));
  for (const char* role : {"bank", "auth", "honeychecker", "profile", "keys", "notary", "course"}) {
    const pid_t before = site_.PidOf(role);
    kill(before, SIGKILL);
    EXPECT_TRUE(site_.Restarted(role, before)) << role;
  }
  EXPECT_GE(alice.BalanceInTime(), 0);
  EXPECT_TRUE(Eventually([&] { return alice.Pay("member1", "1").Has("Sent 1 zoobars"); }));
  int status = 0;
  waitpid(ctl, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    EXPECT_EQ(Execute({"verify-backup", File("backup")}).status, 0);
  }
  EXPECT_EQ(Backup(File("another")).status, 0);
}

TEST_F(BackupTest, ManyAtOnceAreAllOfOneMoment) {
  site_.NewMember("alice");
  std::vector<pid_t> ctls;
  ctls.reserve(4);
  for (int i = 0; i < 4; ++i)
    ctls.push_back(Begin({"ctl", "--state-dir", site_.state(), "backup", File("backup" + std::to_string(i))}));
  int made = 0;
  for (int i = 0; i < 4; ++i) {
    int status = 0;
    waitpid(ctls[static_cast<std::size_t>(i)], &status, 0);
    const std::string file = File("backup" + std::to_string(i));
    EXPECT_EQ(WIFEXITED(status) && WEXITSTATUS(status) == 0, std::filesystem::exists(file));
    if (!std::filesystem::exists(file)) continue;
    ++made;
    EXPECT_EQ(Execute({"verify-backup", file}).status, 0);
  }
  EXPECT_GE(made, 1);
}

TEST_F(BackupTest, KilledAtAnyMomentItLeavesNothingHalf) {
  site_.NewMember("alice");
  std::mt19937 random(std::random_device{}());
  ASSERT_EQ(Backup(File("whole")).status, 0);
  for (int i = 0; i < 20; ++i) {
    const pid_t backup = Begin({"ctl", "--state-dir", site_.state(), "backup", File("killed")});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    Kill(backup);
    if (!std::filesystem::exists(File("killed"))) continue;
    EXPECT_EQ(Execute({"verify-backup", File("killed")}).status, 0);
    std::filesystem::remove(File("killed"));
  }
  for (int i = 0; i < 20; ++i) {
    const std::string state = File("restored");
    const pid_t restore = Begin(RestoreArguments(File("whole"), state));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    Kill(restore);
    const bool whole = std::filesystem::exists(state + "/keys") && !std::filesystem::exists(state + "/.restoring");
    const Ended again = Execute(RestoreArguments(File("whole"), state));
    EXPECT_EQ(again.status, whole ? 3 : 0) << again.output;
    std::filesystem::remove_all(state);
  }
  Browser alice = site_.NewBrowser();
  EXPECT_EQ(alice.Login("alice", kPassword).status, 303) << "the site goes on";
}

// The role profile writes nothing here, so it never looks for readers that are dead.
TEST_F(BackupTest, CopiersThatWereKilledFillNoTableOfReaders) {
  Kill(BeginSlowBackup());
  for (int i = 0; i < 12; ++i) {
    const pid_t ctl = BeginAnother();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // in this time the copiers begin to read
    Kill(ctl);
  }
  EXPECT_LE(ReadersOf(site_.state() + "/profile/store"), 4u);
  EXPECT_EQ(Backup(File("backup")).status, 0);
}

TEST_F(BackupTest, AnInterruptedBackupIsNoObstacleToTheNext) {
  Browser alice = site_.NewMember("alice");
  site_.NewMember("bob");
  for (int i = 0; i < 5; ++i) {
    Kill(BeginAnother());
    EXPECT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
    const Ended next = Backup(File("backup" + std::to_string(i)));
    EXPECT_EQ(next.status, 0) << next.output;
  }
}

TEST_F(BackupTest, NoRestoreGoesIntoTheDirectoryOfARunningSite) {
  site_.NewMember("alice");
  ASSERT_EQ(Backup(File("backup")).status, 0);
  const Ended refused = Execute(RestoreArguments(File("backup"), site_.state()));
  EXPECT_EQ(refused.status, 3);
  EXPECT_THAT(refused.output, HasSubstr("held by another zoobar"));
  Browser alice = site_.NewBrowser();
  EXPECT_EQ(alice.Login("alice", kPassword).status, 303);
}

TEST_F(BackupTest, NoMasterStartsOnAHalfRestoredDirectory) {
  EXPECT_EQ(site_.Stop(), 0);
  std::filesystem::create_directory(site_.state() + "/.restoring");
  EXPECT_FALSE(site_.Start());
  EXPECT_THAT(site_.Output(), HasSubstr("a restore was not finished here; run zoobar restore again"));
}

}  // namespace
}  // namespace zoobar
