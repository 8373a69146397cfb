// What the programs and the graders of the course (docs/lab.md) expect of a live site, with programs of our own that
// behave as theirs do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <regex>
#include <thread>

#include "live_site/live_site.h"
#include "live_site/page_text.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kCourse = "auth { course_graders: true sessions_per_member: 1 }";

struct Account {
  const char *name, *password;
};
constexpr Account kTest1{"test1", "supersecretpassword"}, kTest2{"test2", "pass"}, kTest3{"test3", "pass"},
    kTest1Dot{"test1/.", "pass"}, kSource{"test8src", "aaa"};

// How programs get at the API and where their files are. This changed in 2023.
struct Style {
  const char *years, *api, *folder;
  friend void PrintTo(const Style& style, std::ostream* out) { *out << style.years; }
};
constexpr Style kStyles[] = {{"Until2022", "global api", ""}, {"From2023", "import api", "/data/"}};

// Puts the style's lines in the place of API and FOLDER.
std::string InStyle(const Style& style, std::string program) {
  for (const auto& [mark, text] : {std::pair{"API", style.api}, std::pair{"FOLDER", style.folder}}) {
    program = std::regex_replace(program, std::regex(mark), text);
  }
  return "#!python\n" + program;
}

constexpr const char* kHello = R"(import time
API
print('Hello, <b>', api.call('get_visitor'), '</b><br>')
print('Current time:', time.time())
)";

constexpr const char* kVisitTracker = R"(import time
API
name = 'FOLDERvisits_of_%s.txt' % api.call('get_visitor')
count, last = 0, 'never'
try:
    with open(name) as file:
        count, last = int(file.readline()), file.readline().strip()
except FileNotFoundError:
    pass
print('Hello, <b>', api.call('get_visitor'), '</b>')
print('<p>Your visit count:', count, '<p>Your last visit:', last)
with open(name, 'w') as file:
    print(count + 1, time.time(), sep='\n', file=file)
)";

constexpr const char* kLastVisits = R"(import os, time
API
name = 'FOLDERlast_visits.dat'
lines = open(name).read().splitlines() if os.path.exists(name) else []
lines.insert(0, '%s at %d' % (api.call('get_visitor'), time.time()))
del lines[3:]
open(name, 'w').write('\n'.join(lines))
print('Last 3 visitors:<ul>')
for line in lines:
    print('<li>', line)
print('</ul>')
)";

constexpr const char* kTransfers = R"(import sys
API
for each in api.call('get_xfers', username=api.call('get_self')):
    if each['recipient'] == api.call('get_visitor'):
        print('I gave you', each['amount'], 'zoobars @', each['time'])
        sys.exit(0)
print('No gift yet')
)";

// The course's pause is a minute. An hour, so that a machine that is too busy does not change the answer.
constexpr const char* kGranter = R"(import sys, time
API
me, you = api.call('get_self'), api.call('get_visitor')
if api.call('get_user_info', username=me)['zoobars'] < 1:
    print('Sorry, I have no more zoobars')
    sys.exit(0)
have = api.call('get_user_info', username=you)['zoobars']
if have >= 20:
    print('You have', have, 'already; no need for more')
    sys.exit(0)
name = 'FOLDERgift_%s_%s.dat' % (me, you)
try:
    last = float(open(name).read())
except IOError:
    last = 0
now = time.time()
if now - last < 3600:
    print('I gave you a zoobar %.1f seconds ago' % (now - last))
    sys.exit(0)
api.call('xfer', target=you, zoobars=1)
print('Thanks for visiting.  I gave you one zoobar.')
with open(name, 'w') as file:
    file.write(str(now))
)";

std::string Writer(const std::string& path) {
  return "#!python\nimport os\ntry:\n    fd = os.open('" + path +
         "', os.O_CREAT | os.O_RDWR)\n    print('WROTE', os.write(fd, b'a test of files'))\n    os.close(fd)\n"
         "except BaseException as e:\n    print('REFUSED', type(e).__name__)\n";
}

std::string Reader(const std::string& path) {
  return "#!python\nimport os\ntry:\n    fd = os.open('" + path +
         "', os.O_RDONLY)\n    print('READ', os.read(fd, 99).decode())\n    os.close(fd)\n"
         "except BaseException as e:\n    print('REFUSED', type(e).__name__)\n";
}

class CourseTest : public testing::Test {
 protected:
  void Start(const std::vector<std::string>& settings = {kCourse}) {
    for (const std::string& setting : settings) site_.settings.push_back(setting);
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }
  // A grader has a new client for each step, and logs in before it.
  Browser Register(const Account& account) {
    Browser client = site_.NewBrowser();
    const Answer answer = client.Register(account.name, account.password, kHome);
    EXPECT_EQ(answer.status, 303) << account.name << ": " << PageText(answer.body);
    return client;
  }
  Browser Login(const Account& account) {
    Browser client = site_.NewBrowser();
    const Answer answer = client.Login(account.name, account.password, kHome);
    EXPECT_EQ(answer.status, 303) << account.name << ": " << PageText(answer.body);
    return client;
  }
  void Save(const Account& owner, const std::string& program) {
    const Answer saved = Login(owner).Save(program);
    EXPECT_TRUE(saved.Has("Profile saved")) << PageText(saved.body);
  }
  std::string Look(const Account& visitor, const Account& owner) {
    const Answer page = Login(visitor).Look(owner.name);
    EXPECT_EQ(page.status, 200);
    return page.body;
  }
  // What the page shows between the profile's begin and the log.
  std::string Shown(const Account& visitor, const Account& owner) { return ProfileText(Look(visitor, owner)); }
  std::string SavedAndShown(const Account& visitor, const Account& owner, const std::string& program) {
    Save(owner, program);
    return Shown(visitor, owner);
  }
  void ExpectNoDenials(const Account& owner) {
    const Ended denials = site_.Ctl({"profile", "denials", owner.name});
    EXPECT_THAT(denials.output, AllOf(HasSubstr("runs\n"), HasSubstr("no denials"))) << owner.name;
  }

  LiveSite site_;
};

TEST_F(CourseTest, WithoutTheSettingTheGradersPasswordsAreRefused) {
  Start({});
  for (const Account& account : {kTest2, kSource}) {
    const Answer answer = site_.NewBrowser().Register(account.name, account.password, kHome);
    EXPECT_TRUE(answer.Has("needs at least 8 characters")) << PageText(answer.body);
  }
  EXPECT_THAT(site_.Output(), Not(HasSubstr("course-graders")));
  EXPECT_THAT(site_.Ctl({"status"}).output, Not(HasSubstr("ANY NEW PASSWORD")));
}

TEST_F(CourseTest, TheSettingIsToldAtTheStartAtReloadsByStatusAndByDoctor) {
  Start();
  const auto told = [&] {
    const std::string output = site_.Output(), event = "\"event\":\"course-graders\"";
    int count = 0;
    for (std::size_t at = output.find(event); at != std::string::npos; at = output.find(event, at + 1)) ++count;
    return count;
  };
  EXPECT_TRUE(Eventually([&] { return told() == 1; })) << site_.Output();
  const Ended status = site_.Ctl({"status"});
  EXPECT_EQ(status.status, 0);
  EXPECT_THAT(status.output, HasSubstr("ANY NEW PASSWORD IS ACCEPTED"));
  ASSERT_EQ(kill(site_.master(), SIGHUP), 0);
  EXPECT_TRUE(Eventually([&] { return told() == 2; })) << site_.Output();
  const Ended doctor = Execute({"doctor", "--config=" + site_.config, std::string("--set=") + kCourse});
  EXPECT_THAT(doctor.output, ContainsRegex("new passwords +limited +any that is not empty"));
}

TEST_F(CourseTest, EveryAccountOfTheGradersCanRegisterLogInAndChangeItsPassword) {
  Start();
  for (const Account& account : {kTest1, kTest2, kTest3, kTest1Dot, kSource}) {
    Register(account);
    Browser client = Login(account);
    EXPECT_TRUE(client.Get(kHome).Has(std::string("Log out ") + account.name));
    EXPECT_EQ(client.Balance(), 10) << account.name;
    EXPECT_EQ(site_.NewBrowser().Login(account.name, "no", kHome).status, 200) << "a wrong password";
  }
  const Answer changed = Login(kTest1).Post(
      "/zoobar/index.cgi/password",
      {{"password_now", kTest1.password}, {"password_new", "b"}, {"password_again", "b"}, {"password_submit", "1"}});
  EXPECT_LT(changed.status, 400);
  EXPECT_EQ(Login({"test1", "b"}).Balance(), 10);
  EXPECT_TRUE(site_.NewBrowser().Register("nobody", "", kHome).Has("at least 1 character."));
}

TEST_F(CourseTest, ThePagesHaveTheMarkupThatGradersLookFor) {
  Start();
  Browser test1 = Register(kTest1);
  Register(kTest2);
  EXPECT_THAT(test1.Get(kHome).body, AllOf(HasSubstr("Log out test1"), ContainsRegex("Balance[^\n]*10 zoobars")));
  EXPECT_TRUE(test1.Pay("test2", "3").Has("Sent 3 zoobars"));
  EXPECT_THAT(Login(kTest2).Get(kHome).body, ContainsRegex("Balance[^\n]*13 zoobars"));
  Save(kTest1, "#!python\nprint('the output')");
  const std::string page = Look(kTest2, kTest1);
  EXPECT_THAT(page, HasSubstr("<span id=\"zoobars\" class=\"7\">"));
  const std::size_t profile = page.find("<div id=\"profile\">"), output = page.find("the output", profile),
                    log = page.find("<table class=\"log\"", output), sender = page.find("test1", log),
                    recipient = page.find("test2", sender), amount = page.find('3', recipient);
  EXPECT_NE(amount, std::string::npos) << page;
}

TEST_F(CourseTest, ACookieFromBeforeASecondLoginPaysNothing) {
  Start();
  Browser first = Register(kSource);
  Register(kTest2);
  EXPECT_TRUE(first.Pay("test2", "1").Has("Sent 1 zoobars"));
  Browser second = Login(kSource);
  EXPECT_FALSE(first.Pay("test2", "3").Has("Sent"));
  EXPECT_EQ(second.Balance(), 9);
  EXPECT_TRUE(second.Pay("test2", "3").Has("Sent 3 zoobars"));
  EXPECT_EQ(Login(kTest2).Balance(), 14);
}

TEST_F(CourseTest, ATransferDuringWhichItsSenderLogsInAgainPaysNothing) {
  Start();
  Browser sender = Register(kSource);
  Register(kTest2);
  const Form form = {{"recipient", "test2"}, {"zoobars", "3"}, {"submission", "Send"}, {"delay", "2"}};
  EXPECT_TRUE(sender.Post(kTransfer, form).Has("Sent 3 zoobars"));
  ASSERT_TRUE(sender.BeginPost(kTransfer, form));
  Browser again = Login(kSource);
  EXPECT_FALSE(sender.Receive("POST").Has("Sent"));
  EXPECT_EQ(again.Balance(), 7);
  EXPECT_EQ(Login(kTest2).Balance(), 13);
}

TEST_F(CourseTest, AFileIsReadAgainByItsOwnersProgramAndByNoOther) {
  Start();
  for (const Account& account : {kTest1, kTest2, kTest1Dot}) Register(account);
  for (const std::string path : {"/data/testfile", "/testfile"}) {
    EXPECT_THAT(SavedAndShown(kTest2, kTest1, Writer(path)), HasSubstr("WROTE 15")) << path;
    EXPECT_THAT(SavedAndShown(kTest2, kTest1, Reader(path)), HasSubstr("READ a test of files")) << path;
    EXPECT_THAT(SavedAndShown(kTest1, kTest2, Reader(path)), HasSubstr("REFUSED FileNotFoundError")) << path;
    EXPECT_THAT(SavedAndShown(kTest2, kTest1Dot, Reader(path)), HasSubstr("REFUSED FileNotFoundError")) << path;
  }
  // It is the other way round for the name that looks like a path.
  EXPECT_THAT(SavedAndShown(kTest1, kTest1Dot, Writer("/data/own")), HasSubstr("WROTE 15"));
  EXPECT_THAT(SavedAndShown(kTest2, kTest1, Reader("/data/own")), HasSubstr("REFUSED FileNotFoundError"));
  EXPECT_THAT(SavedAndShown(kTest1, kTest1Dot, Reader("/data/own")), HasSubstr("READ a test of files"));
}

TEST_F(CourseTest, NothingCanBeWrittenBelowLib) {
  Start();
  for (const Account& account : {kTest1, kTest2}) Register(account);
  EXPECT_THAT(SavedAndShown(kTest2, kTest1, Writer("/lib/testfile")), ContainsRegex("REFUSED (OSError|.*Error)"));
  EXPECT_THAT(SavedAndShown(kTest2, kTest1, Reader("/lib/testfile")), HasSubstr("REFUSED"));
  EXPECT_THAT(SavedAndShown(kTest1, kTest2, Reader("/lib/testfile")), HasSubstr("REFUSED"));
}

// Graders want the page of a looper after 5 seconds, which is the default limit, and within 20. Here the limit is one
// second, because a machine that is busy with other work gives a run much less time than passes by the clock.
TEST_F(CourseTest, ALooperEndsAtTheTimeLimitAndLeavesNothingBehind) {
  Start({kCourse, "profile { timeout_ms: 1000 }"});
  for (const Account& account : {kTest1, kTest2}) Register(account);
  Save(kTest1, "#!python\nwhile True: pass\n");
  Browser test2 = Login(kTest2);
  std::string shown = "Busy";
  // If the run did not get its time at all, the page says so, and the visit is tried again.
  for (int tries = 0; shown.find("Busy") != std::string::npos && tries < 10; ++tries) {
    const auto begin = std::chrono::steady_clock::now();
    shown = ProfileText(test2.Look("test1").body);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (shown.find("Busy") == std::string::npos) {
      EXPECT_GE(took, std::chrono::seconds(1)) << "not before the limit";
    }
  }
  EXPECT_THAT(shown, HasSubstr("took too long"));
  EXPECT_THAT(SavedAndShown(kTest2, kTest1, "#!python\nprint('after it')"), HasSubstr("after it"));
}

class CourseProgramsTest : public CourseTest, public testing::WithParamInterface<Style> {
 protected:
  void SetUp() override {
    Start();
    for (const Account& account : {kTest1, kTest2}) Register(account);
  }
  std::string SavedAndShown(const char* program) {
    return CourseTest::SavedAndShown(kTest2, kTest1, InStyle(GetParam(), program));
  }
  void TearDown() override { ExpectNoDenials(kTest1); }
};

TEST_P(CourseProgramsTest, HelloGreetsTheVisitorAndTellsTheTime) {
  EXPECT_THAT(SavedAndShown(kHello), ContainsRegex("Hello, test2 .*Current time: [0-9]+\\.[0-9]+"));
}

TEST_P(CourseProgramsTest, TheVisitTrackerCountsFromZero) {
  EXPECT_THAT(SavedAndShown(kVisitTracker), ContainsRegex("Hello, test2.*visit count: 0.*last visit: never"));
  EXPECT_THAT(SavedAndShown(kVisitTracker), ContainsRegex("visit count: 1.*last visit: [0-9]+\\.[0-9]+"))
      << "saving the program again keeps its files";
  EXPECT_THAT(ProfileText(Look(kTest1, kTest1)), HasSubstr("last visit: never")) << "of another visitor";
}

TEST_P(CourseProgramsTest, LastVisitsAreThreeAtMost) {
  EXPECT_THAT(SavedAndShown(kLastVisits), ContainsRegex("Last 3 visitors: test2 at [0-9]+$"));
  SavedAndShown(kLastVisits);
  const std::string three = "Last 3 visitors: test2 at [0-9]+ test2 at [0-9]+ test2 at [0-9]+$";
  EXPECT_THAT(SavedAndShown(kLastVisits), ContainsRegex(three));
  EXPECT_THAT(SavedAndShown(kLastVisits), ContainsRegex(three));
}

TEST_P(CourseProgramsTest, TransfersAreShownWithTheYear) {
  EXPECT_THAT(SavedAndShown(kTransfers), HasSubstr("No gift yet"));
  EXPECT_TRUE(Login(kTest1).Pay("test2", "3").Has("Sent 3 zoobars"));
  EXPECT_THAT(SavedAndShown(kTransfers), ContainsRegex("I gave you 3 zoobars @ .* 20[0-9][0-9]"));
}

TEST_P(CourseProgramsTest, TheGranterHasFourAnswersAndItsOwnerPays) {
  EXPECT_TRUE(Login(kTest1).Pay("test2", "3").Has("Sent 3 zoobars"));
  Save(kTest1, InStyle(GetParam(), kGranter));
  // With its two blanks, which PageText would make one.
  EXPECT_THAT(std::string(ProfileHtml(Look(kTest2, kTest1))),
              HasSubstr("Thanks for visiting.  I gave you one zoobar."));
  EXPECT_EQ(Login(kTest1).Balance(), 6);
  EXPECT_EQ(Login(kTest2).Balance(), 14);
  EXPECT_THAT(SavedAndShown(kGranter), ContainsRegex("I gave you a zoobar [0-9.]+ seconds ago"));
  EXPECT_TRUE(Register(kTest3).Pay("test2", "6").Has("Sent 6 zoobars"));
  EXPECT_THAT(SavedAndShown(kGranter), HasSubstr("You have 20 already; no need for more"));
  EXPECT_TRUE(Login(kTest1).Pay("test2", "6").Has("Sent 6 zoobars"));
  EXPECT_THAT(SavedAndShown(kGranter), HasSubstr("Sorry, I have no more zoobars"));
  EXPECT_EQ(Login(kTest1).Balance(), 0);
}

INSTANTIATE_TEST_SUITE_P(Styles, CourseProgramsTest, testing::ValuesIn(kStyles),
                         [](const auto& each) { return each.param.years; });

}  // namespace
}  // namespace zoobar
