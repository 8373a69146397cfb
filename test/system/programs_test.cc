// Members' programs on a live site, over HTTP: the examples, a crowd of programs, and hostile programs in every slot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <regex>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kBusy = "Busy: ";

class ProgramsTest : public testing::Test {
 protected:
  void SetUp() override { site_ = std::make_unique<LiveSite>(); }
  void Start(std::vector<std::string> settings = {}) {
    for (std::string& setting : settings) site_->settings.push_back(std::move(setting));
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }

  static void Save(Browser& owner, const std::string& program) {
    const Answer saved = owner.Save(program);
    EXPECT_TRUE(saved.Has("Profile saved")) << saved.status;
  }
  static std::string Example(const std::string& name) {
    return ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/profiles/" + name + ".py");
  }
  // The profile of this member, as the page shows it; the whole page if it does not show one.
  static std::string Look(Browser& visitor, const std::string& owner) {
    const Answer page = visitor.Look(owner);
    EXPECT_EQ(page.status, 200);
    const std::size_t begin = page.body.find("<div id=\"profile\">"), end = page.body.find("</section>", begin);
    return begin == std::string::npos ? page.body : page.body.substr(begin, end - begin);
  }

  std::unique_ptr<LiveSite> site_;
};

TEST_F(ProgramsTest, TheExamplesBehaveAsTold) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, Example("hello-user"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("Hello, <i>bob</i>"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("Current time: [0-9]+\\.[0-9]+"));

  Save(ann, Example("visit-tracker"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("Your visit count: 0.*\n?.*Your last visit: never"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("Your visit count: 1.*\n?.*Your last visit: [0-9]+\\.[0-9]+"));
  EXPECT_THAT(Look(ann, "ann"), HasSubstr("Your last visit: never"));

  Save(ann, Example("last-visits"));
  for (Browser* visitor : {&ann, &bob, &ann}) Look(*visitor, "ann");
  const std::string last = Look(bob, "ann");
  EXPECT_THAT(last, ContainsRegex("bob at [0-9.]+.*\n?.*ann at [0-9.]+.*\n?.*bob at [0-9.]+"));

  Save(ann, Example("xfer-tracker"));
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("No zoobars have passed between us yet"));
  EXPECT_TRUE(bob.Pay("ann", "3").Has("Sent 3 zoobars"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("You gave me 3 zoobars @ .*20[0-9][0-9]"));
  EXPECT_TRUE(ann.Pay("bob", "2").Has("Sent 2 zoobars"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("I gave you 2 zoobars @ .*20[0-9][0-9]"));
}

TEST_F(ProgramsTest, TheGranterPaysFromItsOwnersAccount) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, Example("granter"));
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("I gave you one zoobar"));
  EXPECT_EQ(ann.Balance(), 9);
  EXPECT_EQ(bob.Balance(), 11);
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("I gave you a zoobar [0-9.]+ seconds ago"));
  EXPECT_EQ(bob.Balance(), 11);
  EXPECT_TRUE(ann.Get("/zoobar/index.cgi/users?user=ann").Has("bob")) << "it is in the journal";
  // This member has more than twenty already.
  Browser rich = site_->NewMember("rich");
  for (const char* name : {"c", "d"}) EXPECT_TRUE(site_->NewMember(name).Pay("rich", "10").Has("Sent 10"));
  EXPECT_THAT(Look(rich, "ann"), HasSubstr("You have 30 already"));
  EXPECT_EQ(rich.Balance(), 30);
}

TEST_F(ProgramsTest, TheOtherExamplesShowWhatTheySay) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, Example("my-profile"));
  Save(bob, "#!python\napi.post('I was here', username='ann')\nprint('signed')");
  Look(bob, "ann");
  EXPECT_THAT(Look(ann, "bob"), HasSubstr("signed"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("<b>bob</b>.*I was here"));
  Save(ann, Example("social-graph"));
  EXPECT_THAT(Look(bob, "ann"), ContainsRegex("<b>ann</b> was visited by .*bob"));
}

TEST_F(ProgramsTest, AProgramThatMayPayNothingSaysSoAndPaysNothing) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, Example("granter"));
  ann.Post(kHome, {{"program_limits", "Set"}, {"program_per_hour", "0"}, {"program_per_recipient", "0"}});
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("No gift this time: ann"));
  EXPECT_EQ(ann.Balance(), 10);
  EXPECT_EQ(bob.Balance(), 10);
}

TEST_F(ProgramsTest, WhatAProgramOpenedIsOpenUntilTheProfileIsNoProgramAnyMore) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  const std::string signing =
      "#!python\ntry:\n    api.post('was here', username='ann')\n    print('signed')\nexcept ApiError as e:\n    "
      "print(e)";
  Save(bob, signing);
  EXPECT_THAT(Look(ann, "bob"), HasSubstr("ann has not opened the wall to bob"));
  Save(ann, "#!python\napi.open_wall(['bob'])");
  Look(bob, "ann");
  EXPECT_THAT(Look(ann, "bob"), HasSubstr("signed"));
  Save(ann, "<b>no program</b>");
  EXPECT_THAT(Look(ann, "bob"), HasSubstr("ann has not opened the wall to bob"));
  Save(ann, "#!python\nprint(len(api.get_wall()), api.get_sharing()['wall'])");
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("1 []")) << "what was written stays";
}

TEST_F(ProgramsTest, AFileComesToThoseItIsSharedWithAndToNobodyElse) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob"), cat = site_->NewMember("cat");
  Save(ann, "#!python\nopen('notes', 'w').write('for bob')\napi.share_file('notes', ['bob'])");
  Look(cat, "ann");
  const std::string reading =
      "#!python\ntry:\n    print(api.get_shared('ann', 'notes').decode())\nexcept ApiError as e:\n    print(e)";
  Save(bob, reading);
  EXPECT_THAT(Look(cat, "bob"), HasSubstr("for bob"));
  Save(cat, reading);
  EXPECT_THAT(Look(bob, "cat"), HasSubstr("ann shares no file notes with cat")) << "although the visitor may read it";
}

TEST_F(ProgramsTest, ALookByHeadRunsNothing) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, "#!python\napi.xfer('bob', 1)\nprint('paid')");
  EXPECT_EQ(bob.Head("/zoobar/index.cgi/users?user=ann").status, 200);
  EXPECT_EQ(bob.Balance(), 10);
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("paid"));
  EXPECT_EQ(bob.Balance(), 11);
}

TEST_F(ProgramsTest, ProgramsMayNotPayAfterANewPasswordUntilSavedAgain) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  const std::string payer =
      "#!python\ntry:\n    api.xfer('bob', 1)\n    print('paid')\nexcept ApiError as e:\n    print(e)";
  Save(ann, payer);
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("paid"));
  const Answer changed = ann.Post("/zoobar/index.cgi/password", {{"password_now", kPassword},
                                                                 {"password_new", "another-horse-8"},
                                                                 {"password_again", "another-horse-8"},
                                                                 {"password_submit", "Change"}});
  EXPECT_LT(changed.status, 400) << changed.body;
  EXPECT_THAT(Look(bob, "ann"), Not(HasSubstr("paid")));
  Save(ann, payer);
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("paid"));
  EXPECT_EQ(bob.Balance(), 12);
}

// The operator gets an answer while every slot is taken, and the answer says so.
TEST_F(ProgramsTest, TheOperatorIsAnsweredWhileEverySlotIsHostile) {
  Start({"profile { timeout_ms: 20000 parallel_runs: 4 }"});
  const std::string hostile =
      "#!python\nimport threading\ndef burn():\n    x = bytearray(8 << 20)\n    while True: x[:] = x\n"
      "for i in range(7): threading.Thread(target=burn).start()\nburn()";
  std::vector<std::thread> lookers;
  std::atomic<int> over{0};
  for (int i = 0; i < 4; ++i) {
    Browser owner = site_->NewMember("owner" + std::to_string(i));
    Save(owner, hostile);
    lookers.emplace_back([i, &over, visitor = site_->NewMember("visitor" + std::to_string(i))]() mutable {
      Look(visitor, "owner" + std::to_string(i));
      ++over;
    });
  }
  Ended status;
  EXPECT_TRUE(Eventually([&] {
    status = site_->Ctl({"status"});
    return std::regex_search(status.output, std::regex("programs\\.running\\D+4\\b"));
  })) << status.output;
  EXPECT_EQ(over, 0) << "a run ended before the operator had the answer";
  EXPECT_EQ(status.status, 0);
  // The operator can also end these runs.
  EXPECT_EQ(site_->Ctl({"reset-sandbox"}).status, 0);
  for (std::thread& looker : lookers) looker.join();
  Browser other = site_->NewMember("other");
  Save(other, "#!python\nprint('all well')");
  EXPECT_TRUE(Eventually([&] { return Look(other, "other").find("all well") != std::string::npos; }));
}

TEST_F(ProgramsTest, ASandboxThatWasKilledComesBack) {
  Start();
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  Save(ann, "#!python\nprint('all well')");
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("all well"));
  const pid_t before = site_->PidOf("sandbox");
  kill(before, SIGKILL);
  EXPECT_TRUE(Eventually([&] {
    const std::string shown = Look(bob, "ann");
    EXPECT_THAT(shown, AnyOf(HasSubstr("all well"), HasSubstr(kBusy)));
    return shown.find("all well") != std::string::npos && site_->PidOf("sandbox") != before;
  }));
}

// ---- a crowd

struct Measured {
  std::size_t processes = 0, descriptors = 0, mounts = 0;
  long resident_kib = 0;
};

class CrowdTest : public ProgramsTest {
 protected:
  static constexpr int kOwners = 50, kHostile = 10, kVisitors = 32;

  static std::string Program(int owner) {
    static const std::vector<std::string> hostile = {
        "while True: pass",
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        "while True: print('x' * 99)",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "import threading as t\nwhile True:\n try: t.Thread(target=lambda: list(iter(int, 1))).start()\n except: pass",
        "import os\nn = 0\nwhile True:\n  try: open(str(n), 'w').write('x' * 99999)\n  except OSError: pass\n  n += 1",
        "import time\ntime.sleep(99)",
        "while True:\n    try: api.get_self()\n    except Exception: pass",
        "import os\nwhile True: os.write(3, b'junk' * 999)",
        "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
    };
    if (owner < kHostile) return "#!python\n" + hostile[static_cast<std::size_t>(owner)];
    return "#!python\nimport json\ntry:\n    n = json.load(open('n'))\nexcept FileNotFoundError:\n    n = 0\n"
           "json.dump(n + 1, open('n', 'w'))\nprint('hello', api.get_visitor(), 'from', api.get_self())\n"
           "print('funds', api.get_user_info(api.get_visitor())['zoobars'])";
  }
  static std::string Owner(int number) { return "owner" + std::to_string(number); }

  // The page must be right, or say "busy". A hostile program may end in any way.
  static bool IsRight(const std::string& shown, int owner, const std::string& visitor) {
    if (shown.find(kBusy) != std::string::npos) return true;
    if (owner < kHostile) return shown.find("<div id=\"profile\">") != std::string::npos;
    return shown.find("hello " + visitor + " from " + Owner(owner)) != std::string::npos &&
           shown.find("funds 10") != std::string::npos;
  }

  // All visitors look at one program after the other until the time is over. Counts what was wrong.
  void Crowd(std::chrono::seconds time) {
    std::vector<std::thread> threads;
    threads.reserve(kVisitors);
    const auto until = std::chrono::steady_clock::now() + time;
    for (int i = 0; i < kVisitors; ++i) {
      threads.emplace_back([this, i, until] {
        const std::string name = "visitor" + std::to_string(i);
        Browser visitor = site_->NewBrowser();
        EXPECT_EQ(visitor.Login(name, kPassword, kHome).status, 303);
        for (int turn = i; std::chrono::steady_clock::now() < until; turn += 7) {
          const int owner = turn % kOwners;
          const std::string shown = Look(visitor, Owner(owner));
          looks_ += 1;
          if (IsRight(shown, owner, name)) continue;
          if (++wrong_ < 4) ADD_FAILURE() << name << " at " << Owner(owner) << ": " << shown.substr(0, 2000);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Measures sandbox, profile and app. To be called when no program runs.
  Measured Measure() const {
    Measured now;
    for (const char* role : {"sandbox", "profile", "app"}) {
      const std::string proc = "/proc/" + std::to_string(site_->PidOf(role));
      for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator(proc + "/fd")) ++now.descriptors;
      now.resident_kib += std::atol(StatusField(site_->PidOf(role), "VmRSS").c_str());
      const std::string mounts = ReadWhole(proc + "/mountinfo");
      now.mounts += static_cast<std::size_t>(std::count(mounts.begin(), mounts.end(), '\n'));
    }
    now.processes = Processes();
    return now;
  }
  // The number of this site's processes.
  std::size_t Processes() const {
    const std::vector<pid_t> all = AllProcesses();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [this](pid_t pid) {
      const std::uint32_t uid = UidOf(pid);
      return IsAlive(pid) && uid >= site_->id_base() && uid < site_->id_base() + TestIds::kSize;
    }));
  }

  std::atomic<int> looks_{0}, wrong_{0};
};

// The crowd stays for ZOOBAR_CROWD_SECONDS (environment), 8 if that is not set. The site must be able to bear a minute.
TEST_F(CrowdTest, FiftyOwnersTenOfThemHostileAndNothingIsLeft) {
  Start({"profile { timeout_ms: 1500 }"});
  for (int i = 0; i < kVisitors; ++i) site_->NewMember("visitor" + std::to_string(i));
  for (int i = 0; i < kOwners; ++i) {
    Browser owner = site_->NewMember(Owner(i));
    Save(owner, Program(i));
  }
  const std::size_t idle = Processes();
  Crowd(std::chrono::seconds(3));  // until caches and pools have grown to their size
  ASSERT_TRUE(Eventually([&] { return Processes() <= idle; }));
  const Measured before = Measure();
  const char* const seconds = std::getenv("ZOOBAR_CROWD_SECONDS");
  Crowd(std::chrono::seconds(seconds ? std::max(1, std::atoi(seconds)) : 8));
  EXPECT_EQ(wrong_, 0) << "of " << looks_;
  EXPECT_GT(looks_, kVisitors);
  EXPECT_TRUE(Eventually([&] { return Processes() <= idle; })) << Processes() << " processes, at first " << idle;
  EXPECT_TRUE(Eventually([&] { return Measure().descriptors <= before.descriptors + 4; }))
      << Measure().descriptors << " descriptors, before " << before.descriptors;
  const Measured after = Measure();
  EXPECT_EQ(after.mounts, before.mounts);
  EXPECT_LT(after.resident_kib, before.resident_kib + before.resident_kib / 4 + 8192);
  EXPECT_THAT(site_->Output(), Not(HasSubstr("\"event\":\"died\"")));
  const Ended verified = site_->Ctl({"verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
  RecordProperty("looks", looks_);
}

}  // namespace
}  // namespace zoobar
