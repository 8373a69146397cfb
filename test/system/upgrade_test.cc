// `zoobar ctl upgrade` on a live site: a new program for all roles, while members pay each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

class UpgradeTest : public testing::Test {
 protected:
  void SetUp() override {
    chmod(folder_.path().c_str(), 0755);
    InstallText(ReadWhole(ZoobarBinary()));
    site_.binary = Path();
    site_.settings.emplace_back(
        "bank { acts_burst: 1000000 acts_per_hour: 1000000000 }");  // payments go on all the time
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }
  std::string Path() const { return folder_.path() + "/zoobar"; }
  // Puts a file in the place of the program, as a package manager does it.
  void InstallText(const std::string& text) {
    std::ofstream(folder_.path() + "/new", std::ios::binary) << text;
    chmod((folder_.path() + "/new").c_str(), 0755);
    fs::rename(folder_.path() + "/new", Path());
  }
  // The same program, in another file.
  void InstallTheSame() { InstallText(ReadWhole(ZoobarBinary()) + "\n"); }
  // The inode of the program that a process runs.
  static ino_t ProgramOf(pid_t pid) {
    struct stat status{};
    stat(("/proc/" + std::to_string(pid) + "/exe").c_str(), &status);
    return status.st_ino;
  }
  std::map<std::string, pid_t> Pids() const {
    std::map<std::string, pid_t> pids;
    for (const RoleProcess& role : site_.Roles()) pids[role.name] = role.pid;
    return pids;
  }

  TemporaryDirectory folder_;
  LiveSite site_;
};

TEST_F(UpgradeTest, EveryRoleRunsTheInstalledProgramAndNoPaymentIsLost) {
  Browser payer = site_.NewMember("payer"), payee = site_.NewMember("payee");
  const long before = payee.Balance();
  const std::map<std::string, pid_t> old = Pids();
  InstallTheSame();
  std::atomic<bool> done = false;
  Ended upgrade;
  std::thread operator_at_work([&] {
    upgrade = site_.Ctl({"upgrade"});
    done = true;
  });
  // Newcomers connect all the time: nobody is refused.
  std::atomic<int> refused = 0, newcomers = 0;
  std::thread connecting([&] {
    while (!done) {
      Browser newcomer = site_.NewBrowser();
      refused += newcomer.Get(kLogin).status == 200 ? 0 : 1;
      ++newcomers;
    }
  });
  int sent = 0;
  std::chrono::milliseconds longest{0};
  const auto pay = [&](Browser& from, const char* to) {
    const auto began = Clock::now();
    const Answer answer = from.Pay(to, "1");
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began));
    sent += answer.Has("Sent 1 zoobar") ? 1 : 0;
    EXPECT_TRUE(answer.Has("Sent 1 zoobar")) << answer.status << " " << answer.body.substr(0, 2000);
  };
  for (int after = 0; after < 3;) {
    pay(payer, "payee");
    pay(payee, "payer");
    after += done ? 1 : 0;
  }
  operator_at_work.join();
  connecting.join();
  EXPECT_EQ(upgrade.status, 0) << upgrade.output;
  EXPECT_THAT(upgrade.output, HasSubstr("processes run the installed program"));
  EXPECT_EQ(refused, 0) << "of " << newcomers;
  EXPECT_GT(newcomers, 0);
  EXPECT_EQ(payee.BalanceInTime(), before);
  std::cout << sent << " payments, the longest took " << longest.count() << " ms; " << newcomers << " newcomers\n";

  EXPECT_EQ(site_.Ctl({"verify"}).status, 0);
  struct stat installed{};
  ASSERT_EQ(stat(Path().c_str(), &installed), 0);
  EXPECT_TRUE(Eventually([&] {
    const auto now = Pids();
    return now.size() == old.size() &&
           std::ranges::all_of(now, [&](const auto& each) { return ProgramOf(each.second) == installed.st_ino; });
  }));
  EXPECT_NE(ProgramOf(site_.master()), installed.st_ino) << "the master runs its own";
  EXPECT_THAT(site_.Output(), Not(HasSubstr("\"died\""))) << "it was no crash";
  // A role that dies later is started with the installed program too.
  const pid_t bank = site_.PidOf("bank");
  kill(bank, SIGKILL);
  ASSERT_TRUE(site_.Restarted("bank", bank));
  EXPECT_EQ(ProgramOf(site_.PidOf("bank")), installed.st_ino);
  EXPECT_TRUE(Eventually([&] { return site_.Log("audit").find("\"upgrade\"") != std::string::npos; }));
}

TEST_F(UpgradeTest, TheProgramInUseIsRefusedAndNothingIsRestarted) {
  const auto before = Pids();
  const Ended upgrade = site_.Ctl({"upgrade"});
  EXPECT_EQ(upgrade.status, 1);
  EXPECT_THAT(upgrade.output, HasSubstr("the installed program is the one that is in use"));
  EXPECT_EQ(Pids(), before);
}

TEST_F(UpgradeTest, AProgramThatDoesNotStartIsNotUsed) {
  for (const std::string& text : {std::string("no program"), ReadWhole("/bin/false")}) {
    const auto before = Pids();
    InstallText(text);
    const Ended upgrade = site_.Ctl({"upgrade"});
    EXPECT_EQ(upgrade.status, 1) << upgrade.output;
    EXPECT_THAT(upgrade.output, HasSubstr("echo 0 did not start with the installed program"));
    EXPECT_TRUE(site_.Restarted("echo", before.at("echo")));
    auto now = Pids();
    now["echo"] = before.at("echo");
    EXPECT_EQ(now, before) << "only echo was tried";
    EXPECT_TRUE(site_.Answers());
  }
}

// The name of a field is changed: then messages of the two programs may mean different things.
TEST_F(UpgradeTest, AProgramWithAnotherContractIsNotUsed) {
  std::string text = ReadWhole(ZoobarBinary());
  std::size_t changed = 0;
  const std::string field = "security_dropped";
  for (std::size_t at = text.find(field); at != text.npos; at = text.find(field, at + 1), ++changed) text[at] = 'S';
  ASSERT_GT(changed, 0u);
  InstallText(text);
  const Ended upgrade = site_.Ctl({"upgrade"});
  EXPECT_EQ(upgrade.status, 1) << upgrade.output;
  EXPECT_THAT(upgrade.output, AllOf(HasSubstr("echo 0 did not start"), HasSubstr("the site must be restarted")));
  EXPECT_TRUE(site_.Answers());
}

// bank's folder cannot be opened any more: its next process does not start, with whatever program.
TEST_F(UpgradeTest, ARoleThatDoesNotStartTakesAllBack) {
  struct stat old{};
  ASSERT_EQ(stat(Path().c_str(), &old), 0);
  const std::string folder = site_.state() + "/bank/store";
  ASSERT_TRUE(fs::exists(folder)) << folder;
  InstallTheSame();
  ASSERT_EQ(chmod(folder.c_str(), 0), 0);
  const Ended upgrade = site_.Ctl({"upgrade"});
  EXPECT_EQ(chmod(folder.c_str(), 0700), 0);
  EXPECT_EQ(upgrade.status, 1) << upgrade.output;
  EXPECT_THAT(upgrade.output, HasSubstr("bank 0 did not start with the installed program"));
  EXPECT_TRUE(Eventually([&] {
    return std::ranges::all_of(Pids(), [&](const auto& each) { return ProgramOf(each.second) == old.st_ino; });
  }));
  EXPECT_TRUE(Eventually([&] { return site_.Ctl({"verify"}).status == 0; }));
}

}  // namespace
}  // namespace zoobar
