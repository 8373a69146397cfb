// A whole site whose roles hold a sanitizer, or run under valgrind. Such a build does not confine its roles
// (src/confine/unconfined.h). Every role works a little, is restarted and stopped, and none may report a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr char kBuild[] = "UNCONFINED BUILD";
constexpr char kOffers[] = "/zoobar/index.cgi/offers";
constexpr char kReport[] = "==[0-9]+== ?[A-Z]";  // as sanitizers and valgrind begin one

// tools/valgrind sets it. valgrind 3.19 does not know openat2(2), so static finds no file.
bool UnderValgrind() { return std::getenv("ZOOBAR_VALGRIND"); }

class WholeSite : public testing::Test {
 protected:
  WholeSite() {
    EXPECT_EQ(chmod(reports_.path().c_str(), 01777), 0);  // the roles have ids of their own
    site_.listens = {"127.0.0.1:0", "127.0.0.1:0,tls"};
    site_.settings.emplace_back("bank { initial_zoobars: 100 }");
    site_.in_master = [to = reports_.path() + "/report"] {
      for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
        const char* const given = std::getenv(name);
        const std::string options = (given ? std::string(given) + ":" : "") + "log_path=" + to + ":print_stacktrace=1";
        setenv(name, options.c_str(), 1);
      }
    };
  }

  // What the sanitizers of all processes have reported. A process that was started on a stack of its own (clone(2)) makes
  // AddressSanitizer say that it does not know this stack, which is no fault.
  std::string Reports() const {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator(reports_.path())) {
      const std::string report = ReadWhole(file.path());
      const bool only_a_stack = report.find("ASan is ignoring requested __asan_handle_no_return") != report.npos &&
                                std::ranges::count(report, '\n') == 3;
      if (!only_a_stack) all += report;
    }
    return all;
  }
  std::string Curl(const std::string& version, const std::string& path) const {
    std::string address = site_.Addresses().at(1);
    address.resize(address.rfind(','));
    return ExecuteProgram({"curl", "-sS", "-i", "-k", version, "https://" + address + path}).output;
  }
  void ExpectDone(const std::vector<std::string>& ctl) const {
    const Ended ended = site_.Ctl(ctl);
    EXPECT_EQ(ended.status, 0) << testing::PrintToString(ctl) << "\n" << ended.output;
    EXPECT_THAT(ended.output, Not(ContainsRegex(kReport)));
  }

  void UsePages(Browser& alice, Browser& bob) const {
    EXPECT_THAT(alice.Pay("bob", "3").body, HasSubstr("Sent 3 zoobars"));
    EXPECT_EQ(bob.Balance(), 103);
    EXPECT_EQ(bob.Save("<p>Hello, <b>I am</b> <a href=\"http://example.org/\">bob</a>\n<script>no</script>").status,
              200);
    EXPECT_THAT(alice.Look("bob").body, HasSubstr("<b>I am</b>"));
    EXPECT_EQ(alice.Save("#!python\nprint(1 + 1)\n").status, 200);
    EXPECT_THAT(bob.Look("alice").body, HasSubstr("print(1 + 1)")) << "programs are shown as source";
    EXPECT_THAT(alice.Post(kOffers, {{"act", "offer"}, {"recipient", "bob"}, {"zoobars", "5"}, {"days", "7"}}).body,
                HasSubstr("You offered 5 zoobars"));
    for (const char* page : {"account", "journal", "log", "manual", "offers", "transfer", "users", "statement",
                             "statement?format=text", "echo?s=hi", "zoobarjs", "program", "nothing"})
      EXPECT_NE(alice.Get(std::string(kHome) + page).status, 0) << page;
    EXPECT_EQ(alice.Get(kStyle).status, UnderValgrind() ? 404 : 200);
    EXPECT_EQ(alice.Get(kStyle, "Range: bytes=10-19\r\n").status, UnderValgrind() ? 404 : 206);
    Browser stranger = site_.NewBrowser();
    EXPECT_THAT(stranger.Login("alice", "not-the-password").body, HasSubstr("Wrong name or password."));
    EXPECT_EQ(stranger.Login("alice", kPassword, kHome).status, 303);
    EXPECT_EQ(stranger.Get(kHome).status, 200);
  }

  void UseCommands() const {
    const std::string& folder = site_.scratch();
    EXPECT_THAT(site_.Ctl({"status"}).output, HasSubstr(kBuild));
    std::ofstream(folder + "/class.csv") << "carol\ndave\n";
    ExpectDone({"member", "add", "--csv=" + folder + "/class.csv", "--out=" + folder + "/passwords.csv"});
    ExpectDone({"member", "list"});
    ExpectDone({"member", "delete", "carol", "--yes"});
    ExpectDone({"verify"});
    ExpectDone({"journal", "head"});
    ExpectDone({"log", "verify"});
    ExpectDone({"reload"});
    ExpectDone({"backup", folder + "/site.backup"});
    const Ended verified = Execute({"verify-backup", folder + "/site.backup"});
    EXPECT_EQ(verified.status, 0) << verified.output;
    ExpectDone({"certificate", "self-signed", "--name", "localhost"});
    EXPECT_TRUE(Eventually([&] { return Curl("--http1.1", kLogin).starts_with("HTTP/1.1 200"); }));
    EXPECT_THAT(Curl("--http2", kLogin), HasSubstr("HTTP/2 200"));
  }

  TemporaryDirectory reports_;
  LiveSite site_;
};

TEST_F(WholeSite, WorksRestartsAndStopsWithoutAReport) {
  ASSERT_TRUE(site_.Start()) << site_.Output() << Reports();
  EXPECT_THAT(site_.Output(), HasSubstr(std::string("zoobar: ") + kBuild));
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  UsePages(alice, bob);
  UseCommands();
  // Before a role leaves it looks for memory that it has lost.
  for (const RoleProcess& role : site_.Roles()) {
    if (role.name == "logger" || role.name == "edge" || role.name == "sanitizer")
      continue;  // restarted below, or twice
    const Ended restart = site_.Ctl({"role", "restart", role.name});
    EXPECT_EQ(restart.status, 0) << role.name << ": " << restart.output << Reports();
  }
  EXPECT_THAT(alice.Pay("bob", "4").body, HasSubstr("Sent 4 zoobars"));
  EXPECT_EQ(bob.BalanceInTime(), 107);
  ExpectDone({"verify"});
  EXPECT_EQ(site_.Stop(), 0) << site_.Output();
  EXPECT_EQ(Reports(), "");
  EXPECT_THAT(site_.Output(), Not(ContainsRegex(kReport)));
  EXPECT_THAT(site_.Log("events"), HasSubstr("\"unconfined\""));
  EXPECT_THAT(site_.Log("events"), Not(HasSubstr("\"event\":\"died\"")));
}

TEST_F(WholeSite, IsRefusedWhereNotOnlyThisMachineReachesIt) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0"}) {
    site_.listens = {"127.0.0.1:0", listen};
    const Ended refused = Execute(site_.Arguments());
    EXPECT_EQ(refused.status, 2) << listen;
    EXPECT_THAT(refused.output, HasSubstr("an UNCONFINED BUILD listens only on loopback addresses")) << listen;
  }
}

TEST_F(WholeSite, IsSaidToBeUnconfinedByDoctor) {
  const Ended doctor = Execute({"doctor", "--config=" + site_.config, "--state-dir=" + site_.state()});
  EXPECT_THAT(doctor.output, HasSubstr("overall: can start, UNCONFINED BUILD: ")) << doctor.output;
}

}  // namespace
}  // namespace zoobar
