// A live site on which hostile members take all they can of the sanitizer, of runs and of places in front of them,
// while an honest one goes on as ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "system/site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kPassword = "correct-horse-7";
constexpr int kRounds = 6;
constexpr int kTries = 3;  // of an honest member at a page that says "busy", on a machine that is

class ProgramSharesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }
  void TearDown() override {
    stop_ = true;
    for (std::thread& thread : hostile_) thread.join();
    EXPECT_THAT(site_.Output(), Not(HasSubstr("\"event\":\"died\"")));
    EXPECT_THAT(site_.Output(), Not(HasSubstr("accused")));
  }

  Visitor Member(const std::string& name) {
    Visitor visitor = site_.NewVisitor();
    EXPECT_EQ(visitor.Register(name, kPassword, kHome).status, 303) << name;
    return visitor;
  }
  Visitor Again(const std::string& name) {
    Visitor visitor = site_.NewVisitor();
    EXPECT_EQ(visitor.Login(name, kPassword, kHome).status, 303) << name;
    return visitor;
  }
  static Answer Save(Visitor& member, const std::string& text) {
    return member.Post(kHome, {{"profile_update", text}, {"profile_submit", "Save"}});
  }
  static Answer Look(Visitor& visitor, const std::string& owner) {
    return visitor.Get("/zoobar/index.cgi/users?user=" + owner);
  }
  // Goes on until the test is over.
  void Hostile(Visitor visitor, std::function<void(Visitor&)> act) {
    hostile_.emplace_back([this, visitor = std::move(visitor), act]() mutable {
      while (!stop_) {
        act(visitor);
        ++acts_;
      }
    });
  }
  // What an honest member wants is there, at the latest at the third try.
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
  Member("tangler");
  Visitor owner = Member("owner"), visitor = Member("visitor"), saver = Member("saver");
  Save(owner, "#!python\nprint('<b>hello from a program</b>')");
  for (int i = 0; i < 20; ++i) Hostile(Again("tangler"), [tangle](Visitor& hostile) { Save(hostile, tangle); });
  ASSERT_TRUE(Eventually([this] { return acts_ > 20; }));
  for (int i = 0; i < kRounds; ++i) {
    Succeeds("a look", [&] { return Look(visitor, "owner"); }, "hello from a program");
    Succeeds("a save", [&] { return Save(saver, "<p>hi " + std::to_string(i)); }, "Profile saved");
  }
}

TEST_F(ProgramSharesTest, AVisitorWhoLooksOnSeventeenConnectionsDoesNotMakeAProgramBusy) {
  Visitor owner = Member("halfsec"), visitor = Member("visitor");
  Member("looker");
  Save(owner, "#!python\nimport time\ntime.sleep(0.5)\nprint('SEEN')");
  for (int i = 0; i < 17; ++i) Hostile(Again("looker"), [](Visitor& hostile) { Look(hostile, "halfsec"); });
  ASSERT_TRUE(Eventually([this] { return acts_ > 2; }));
  for (int i = 0; i < kRounds; ++i) Succeeds("a look", [&] { return Look(visitor, "halfsec"); }, "SEEN");
}

TEST_F(ProgramSharesTest, FiftyMembersWithProgramsOfFiveSecondsDoNotMakeTheOthersBusy) {
  Visitor owner = Member("innocent"), newcomer = Member("newcomer"), visitor = Member("visitor");
  Save(owner, "#!python\nprint('SEEN')");
  Succeeds("a look beforehand", [&] { return Look(visitor, "innocent"); }, "SEEN");
  for (int i = 0; i < 50; ++i) {
    const std::string name = "hostile" + std::to_string(i);
    Visitor hostile = Member(name);
    Save(hostile, "#!python\nimport time\ntime.sleep(5)");
    Hostile(std::move(hostile), [name](Visitor& looker) { Look(looker, name); });
  }
  ASSERT_TRUE(Eventually([this] { return acts_ > 8; }));
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) Succeeds("a look", [&] { return Look(visitor, "innocent"); }, "SEEN");
  RecordProperty(
      "look_ms",
      static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before).count() /
          kRounds));
  Save(newcomer, "#!python\nprint('NEW')");
  Succeeds("a look at a new program", [&] { return Look(visitor, "newcomer"); }, "NEW");
}

}  // namespace
}  // namespace zoobar
