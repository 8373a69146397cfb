// Hostile programs. Each is saved as a profile on a live site, and another member looks at it over HTTP, so that it
// runs in the real sandbox like any member's program. No attack may succeed, what it was denied must be in the security
// log, and the members who come next must find their pages right. docs/sandbox.md names, for each wall, the attacks
// that it stops. attack.h describes the files of attacks.
//
// The attacks of one folder share a site. `attacks_test --gtest_filter='Kernel*'` tries those of a folder,
// `--gtest_filter='*/Bpf'` a single one. With ZOOBAR_PACKAGES="numpy PIL matplotlib" in the environment, programs have
// these modules, loaded beforehand.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

#include "attacks/attack.h"
#include "attacks/logged.h"
#include "attacks/traces.h"
#include "live_site/live_site.h"
#include "roles/profile/programs.h"

namespace zoobar {
namespace {

constexpr const char* kOwnProgram = "/zoobar/index.cgi/program";
constexpr int kSpares = 2;          // how many spares the sandbox keeps (src/roles/sandbox.cc)
constexpr long kTimeLimit = 1000;   // ms, for the attacks of time/
constexpr long kAmpleTime = 15000;  // ms, for all others, which must not depend on how busy the machine is

// The program of a member who attacks nobody. It shows whether anything was harmed: the file that it wrote at the last
// look, its root, a thread, an import, its API.
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
  return "[" + std::to_string(looks) +
         R"(, "innocent", "guest", ["data", "dev", "looks", "tmp", "usr"], ["a thread"], 1, "/"])";
}

constexpr const char* kShown = "<div id=\"profile\">";
constexpr const char* kTried = "<div class=\"output\">";

// What a program printed, as the page shows it: from `begin` to the end of that section, without the <pre> around plain
// text. Empty if there is no such section.
std::string ProfileOf(const Answer& page, const std::string& begin = kShown) {
  const std::size_t at = page.body.find(begin), end = page.body.find("</section>", at);
  if (page.status != 200 || at == std::string::npos || end == std::string::npos) return {};
  std::string shown = page.body.substr(at + begin.size(), end - at - begin.size());
  if (const std::string pre = "<pre>"; shown.starts_with(pre)) shown.erase(0, pre.size() + (shown[pre.size()] == '\n'));
  for (const auto& [entity, text] :
       {std::pair("&quot;", "\""), {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
    for (std::size_t found = 0; (found = shown.find(entity, found)) != std::string::npos;)
      shown.replace(found++, std::string(entity).size(), text);
  }
  return shown;
}

// How the page says that the run ended, in the words of an attack's file; or that there was no run.
std::string EndOf(const Answer& page) {
  if (page.Has("This program ended with an error.")) return "failed";
  if (page.Has("This program took too long and was stopped.")) return "too-long";
  if (page.Has("This program did what programs may not do, and was stopped.")) return "stopped";
  if (page.Has("Busy: this pr")) return "busy";
  if (page.Has("This program is paused")) return "paused";
  return "done";
}

class AttackTest : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    const std::string suite = testing::UnitTest::GetInstance()->current_test_suite()->name();
    site_ = std::make_unique<LiveSite>();
    const long limit = suite.starts_with("Time/") ? kTimeLimit : kAmpleTime;
    site_->settings.push_back("profile { timeout_ms: " + std::to_string(limit) + " }");
    // The whole collection must also pass on a site whose programs have modules of Debian packages.
    std::istringstream packages(std::getenv("ZOOBAR_PACKAGES") ? std::getenv("ZOOBAR_PACKAGES") : "");
    for (std::string name; packages >> name;)
      site_->settings.push_back("profile { packages: \"" + name + "\" warm_packages: true }");
    ASSERT_TRUE(site_->Start()) << site_->Output();
    members_.clear();
    looks_ = 0;
    ASSERT_TRUE(Save("innocent", kInnocent));
    ExpectInnocentUnharmed();
    const std::vector<std::string> spares(kSpares, kSpare);
    const bool quiet =
        Eventually([&] { return (before_ = TracesOn(*site_)).spares == spares && TracesOn(*site_) == before_; });
    ASSERT_TRUE(quiet) << before_;
  }

  static void TearDownTestSuite() {
    EXPECT_EQ(site_->Stop(), 0) << site_->Output();
    site_.reset();
  }

  static Browser& Member(const std::string& name) {
    const auto found = members_.find(name);
    if (found != members_.end()) return found->second;
    return members_.emplace(name, site_->NewMember(name)).first->second;
  }

  static bool Save(const std::string& owner, const std::string& source) {
    return Member(owner).Save(source).Has("Profile saved.");
  }

  // Looks at the page of the innocent member. It must be right at the first look at which the site is not busy. On a
  // machine with other work a look may take too long after it was counted.
  static void ExpectInnocentUnharmed() {
    long most = ++looks_;
    Answer page;
    const bool ended = Eventually([&] {
      page = Member("guest").Look("innocent");
      const std::string end = EndOf(page);
      if (end == "too-long") ++most;
      return page.status == 200 && end != "busy" && end != "too-long";
    });
    const std::string shown = ProfileOf(page);
    while (looks_ < most && !shown.starts_with(Innocent(looks_))) ++looks_;
    EXPECT_TRUE(ended && shown.starts_with(Innocent(looks_))) << page.status << page.body;
  }

  // Each attack has members of its own, so that offences of one attack do not count against another.
  std::string Name(const std::string& part) const { return part + " of " + GetParam(); }

  void ExpectLogged(const Step& step) {
    Logged logged;
    const bool as_told =
        Eventually([&] { return (logged = LoggedOf(*site_, Name(step.owner), step.source)).IsAsTold(step); });
    std::string denied;
    for (const auto& [call, count] : logged.denied) denied += " " + call + "=" + std::to_string(count);
    EXPECT_TRUE(as_told) << "denied:" << denied << (logged.ended ? ", ended" : ", not ended for it");
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
    // After a trial the page also shows the source, in the form.
    EXPECT_EQ((step.tried ? shown : page.body).find("BREACH"), std::string::npos) << shown;
    EXPECT_TRUE(page.Has(step.tried ? "id=\"limits-title\"" : "id=\"log-title\""))
        << "the page goes on below the profile: " << page.body;
    ExpectLogged(step);
    for (const auto& [member, zoobars] : step.balances) EXPECT_EQ(Member(Name(member)).Balance(), zoobars) << member;
    if (step.owner_sees.empty()) return;
    // What a run left may be stored only after the page was sent.
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

  // The limit counts the time that a run is given. On a machine that has other work the run lasts longer by the clock,
  // but no longer than kMostTimes the limit. The owner is told both times if they differ, the one by the clock in
  // brackets. On an idle machine it is right to within 200 ms; this test permits one limit more.
  void ExpectEndsInTime(const Step& step) {
    const Answer tried = Try(step);
    const std::string fact = ">Time</th><td class=\"number\">";
    const std::size_t at = tried.body.find(fact);
    ASSERT_NE(at, std::string::npos) << tried.body;
    const std::size_t begin = at + fact.size();
    const std::string cell = tried.body.substr(begin, tried.body.find('<', begin) - begin);
    const std::string by_clock = cell.substr(cell.find('(') + 1);  // npos + 1 is 0
    const double took = std::atof(by_clock.c_str()) * (by_clock.find(" ms") == std::string::npos ? 1000 : 1);
    EXPECT_GT(took, 0);
    EXPECT_LT(took, (Programs::kMostTimes + 1) * kTimeLimit) << "the limit is " << kTimeLimit << " ms";
    RecordProperty("ended_ms", static_cast<int>(took));
  }

  // Asks for the page; the caller receives the answer later.
  void BeginLook(const Step& step) {
    ASSERT_TRUE(Member(Name(step.visitor)).BeginGet("/zoobar/index.cgi/users?user=" + UrlEncode(Name(step.owner))));
  }

  Answer PageAfterLook(const Step& step) {
    BeginLook(step);
    if (step.expect == "too-long") ExpectInnocentUnharmed();  // while this one runs
    Answer page = Member(Name(step.visitor)).Receive();
    // On a machine with other work the time of a run may be over before the run has begun, or before the run was given its limit. Then we look again.
    const auto too_early = [&] { return !Shows(step, page) || EndOf(page) == "busy"; };
    for (int again = 0; again < 10 && step.expect == "too-long" && too_early(); ++again) {
      BeginLook(step);
      page = Member(Name(step.visitor)).Receive();
    }
    return page;
  }

  // The number of programs that run now, as the operator sees it.
  static std::size_t Running() {
    const std::string status = site_->Ctl({"status"}).output, counter = "programs.running";
    const std::size_t at = status.find(counter);
    return at == std::string::npos ? 0
                                   : std::strtoul(status.c_str() + status.find_first_of("0123456789", at), nullptr, 10);
  }

  static inline std::unique_ptr<LiveSite> site_;
  static inline std::map<std::string, Browser> members_;
  static inline long looks_ = 0;  // how often somebody looked at the innocent member's page
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
    for (const auto& [member, zoobars] : step.balances) Member(Name(member)).Balance();  // opens its account
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
    ExpectAsTold(step, PageAfterLook(step));
    ExpectInnocentUnharmed();
  }
  for (const Step* step : going) ExpectAsTold(*step, Member(Name(step->visitor)).Receive());
  if (GetParam().starts_with("time/")) {
    for (const Step& step : attack.steps) {
      if (step.expect == "too-long") ExpectEndsInTime(step);
    }
  }
  Traces now;
  EXPECT_TRUE(Eventually([&] { return (now = TracesOn(*site_)) == before_; })) << "left behind:\n"
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

}  // namespace
}  // namespace zoobar
