// A live site on which hostile members take all they can of the sanitizer, of runs and of the queues for both, while an
// honest member is served as always.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kRounds = 6;
// How often an honest member tries when a page says "busy". The machine may be busy with other work.
constexpr int kTries = 3;

class ProgramSharesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }
  void TearDown() override {
    stop_ = true;
    for (std::thread& thread : hostile_) thread.join();
    EXPECT_THAT(site_.Output(), Not(HasSubstr("\"event\":\"died\"")));
    EXPECT_THAT(site_.Output(), Not(HasSubstr("accused")));
  }

  // Another browser of this member.
  Browser Again(const std::string& name) {
    Browser browser = site_.NewBrowser();
    EXPECT_EQ(browser.Login(name, kPassword, kHome).status, 303) << name;
    return browser;
  }
  // Calls `act` again and again, in a thread of its own, until the test is over.
  void Hostile(Browser visitor, std::function<void(Browser&)> act) {
    hostile_.emplace_back([this, visitor = std::move(visitor), act]() mutable {
      while (!stop_) {
        act(visitor);
        ++acts_;
      }
    });
  }
  // Expects that an honest member gets what they want, at the latest at the third try.
  static void Succeeds(const std::string& what, const std::function<Answer()>& act, const std::string& expected) {
    Answer answer;
    for (int i = 0; i < kTries; ++i) {
      answer = act();
      if (answer.Has(expected)) return;
      EXPECT_TRUE(answer.Has("usy")) << what << ": " << answer.status << " " << answer.body.substr(0, 3000);
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    ADD_FAILURE() << what << " was busy " << kTries << " times";
  }

  LiveSite site_;
  std::atomic<bool> stop_{false};
  std::atomic<int> acts_{0};
  std::vector<std::thread> hostile_;
};

TEST_F(ProgramSharesTest, OneMembersTangledHtmlLeavesOthersPagesAndSavesAlone) {
  std::string tangle;
  for (int i = 0; i < 4000; ++i) tangle += "<i a=" + std::to_string(i) + ">";
  for (int i = 0; i < 6000; ++i) tangle += "<p>x";
  site_.NewMember("tangler");
  Browser owner = site_.NewMember("owner"), visitor = site_.NewMember("visitor"), saver = site_.NewMember("saver");
  owner.Save("#!python\nprint('<b>hello from a program</b>')");
  for (int i = 0; i < 20; ++i) Hostile(Again("tangler"), [tangle](Browser& hostile) { hostile.Save(tangle); });
  ASSERT_TRUE(Eventually([this] { return acts_ > 20; }));
  for (int i = 0; i < kRounds; ++i) {
    Succeeds("a look", [&] { return visitor.Look("owner"); }, "hello from a program");
    Succeeds("a save", [&] { return saver.Save("<p>hi " + std::to_string(i)); }, "Profile saved");
  }
}

TEST_F(ProgramSharesTest, AVisitorWhoLooksOnSeventeenConnectionsDoesNotMakeAProgramBusy) {
  Browser owner = site_.NewMember("halfsec"), visitor = site_.NewMember("visitor");
  site_.NewMember("looker");
  owner.Save("#!python\nimport time\ntime.sleep(0.5)\nprint('SEEN')");
  for (int i = 0; i < 17; ++i) Hostile(Again("looker"), [](Browser& hostile) { hostile.Look("halfsec"); });
  ASSERT_TRUE(Eventually([this] { return acts_ > 2; }));
  for (int i = 0; i < kRounds; ++i) Succeeds("a look", [&] { return visitor.Look("halfsec"); }, "SEEN");
}

TEST_F(ProgramSharesTest, FiftyMembersWithProgramsOfFiveSecondsDoNotMakeTheOthersBusy) {
  Browser owner = site_.NewMember("innocent"), newcomer = site_.NewMember("newcomer"),
          visitor = site_.NewMember("visitor");
  owner.Save("#!python\nprint('SEEN')");
  Succeeds("a look beforehand", [&] { return visitor.Look("innocent"); }, "SEEN");
  for (int i = 0; i < 50; ++i) {
    const std::string name = "hostile" + std::to_string(i);
    Browser hostile = site_.NewMember(name);
    hostile.Save("#!python\nimport time\ntime.sleep(5)");
    Hostile(std::move(hostile), [name](Browser& looker) { looker.Look(name); });
  }
  ASSERT_TRUE(Eventually([this] { return acts_ > 8; }));
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) Succeeds("a look", [&] { return visitor.Look("innocent"); }, "SEEN");
  RecordProperty(
      "look_ms",
      static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before).count() /
          kRounds));
  newcomer.Save("#!python\nprint('NEW')");
  Succeeds("a look at a new program", [&] { return visitor.Look("newcomer"); }, "NEW");
}

}  // namespace
}  // namespace zoobar
