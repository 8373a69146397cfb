// The role metrics of a real site: every figure of every role, and whether the site is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "live_site/live_site.h"
#include "roles/metrics/catalogue.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

class FiguresTest : public testing::Test {
 protected:
  void Start() {
    site_.settings.emplace_back("metrics { port: 0 }");
    ASSERT_TRUE(site_.Start()) << site_.Output();
    std::string address = ReadWhole(site_.state() + "/listening.metrics");
    ASSERT_TRUE(std::regex_match(address, std::regex("127\\.0\\.0\\.1:[0-9]+\n"))) << address;
    address.pop_back();
    monitor_ = Browser(address);
  }
  // The sum of all samples that begin with this.
  double Figure(const std::string& begin) {
    const std::string text = monitor_.Get("/metrics").body;
    double sum = 0;
    for (std::size_t at = 0; (at = text.find("\n" + begin, at)) != text.npos; ++at)
      sum += std::strtod(text.c_str() + text.find(' ', at + 1), nullptr);
    return sum;
  }

  LiveSite site_;
  Browser monitor_{""};
};

TEST_F(FiguresTest, FiguresFollowWhatMembersDo) {
  Start();
  Browser ann = site_.NewMember("ann"), bob = site_.NewMember("bob");
  EXPECT_TRUE(ann.Pay("bob", "3").Has("Sent 3"));
  bob.Save("#!python\nprint('hello')");
  EXPECT_TRUE(ann.Look("bob").Has("hello"));
  EXPECT_EQ(ann.Get("/zoobar/index.cgi/nothing").status, 404);
  EXPECT_EQ(ann.Get("/zoobar/media/zoobar.css").status, 200);

  EXPECT_TRUE(Eventually([&] { return Figure("zoobar_transfers_total{") == 1; }));
  EXPECT_EQ(Figure("zoobar_logins_total{role=\"auth\",instance=\"0\",outcome=\"ok\"}"), 2);
  EXPECT_EQ(Figure("zoobar_program_runs_total{"), 1);
  const std::string app = "{role=\"app\",instance=\"0\",route=\"";
  EXPECT_GE(Figure("zoobar_http_requests_total" + app + "/zoobar/index.cgi/transfer\",status="), 1);
  EXPECT_EQ(Figure("zoobar_http_requests_total" + app + "other\",status=\"404\"}"), 1);
  EXPECT_GE(Figure("zoobar_http_request_duration_seconds_count" + app + "/zoobar/index.cgi/transfer\"}"), 1);
  EXPECT_GE(Figure("zoobar_http_requests_total{role=\"dispatcher\",instance=\"0\",route=\"files\",status=\"200\"}"), 1);
  EXPECT_GE(Figure("zoobar_store_commits_total{role=\"bank\""), 1);
  const std::string text = monitor_.Get("/metrics").body;
  EXPECT_EQ(text.find("ann"), text.npos) << "no member is named";
  EXPECT_EQ(text.find("bob"), text.npos);
  for (const RoleProcess& role : site_.Roles()) {
    if (role.name == "master" || role.name == "metrics" || role.name == "interpreter") continue;
    EXPECT_THAT(text, HasSubstr("\nzoobar_role_up{role=\"" + role.name + "\",instance=\"0\"} 1\n"));
  }
}

// A counter that is new must get a row in the catalogue, also one that is not to be shown.
TEST_F(FiguresTest, EveryCounterOfEveryRoleHasARow) {
  Start();
  Browser ann = site_.NewMember("ann");
  ann.Save("#!python\nimport socket\nsocket.socket()");
  ann.Look("ann");
  const std::string status = site_.Ctl({"status", "--json"}).output;
  const std::regex line("\"(role|name)\": \"([^\"]+)\"");
  Role role = ROLE_UNSPECIFIED;
  std::set<std::string> seen;
  for (std::sregex_iterator found(status.begin(), status.end(), line), end; found != end; ++found) {
    if ((*found)[1] == "role") {
      ASSERT_TRUE(Role_Parse((*found)[2], &role)) << (*found)[2];
      continue;
    }
    seen.insert((*found)[2]);
    EXPECT_NE(MatchMetric(role, std::string((*found)[2])).row, nullptr) << (*found)[2] << " of " << Role_Name(role);
  }
  EXPECT_GE(seen.size(), 150u);
}

TEST_F(FiguresTest, HealthAndReadinessSayWhatIsWrong) {
  Start();
  EXPECT_EQ(monitor_.Get("/healthz").status, 200);
  EXPECT_EQ(monitor_.Get("/readyz").status, 200);
  const pid_t bank = site_.PidOf("bank");
  kill(bank, SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/readyz").Has("bank does not answer"); }));
  EXPECT_EQ(monitor_.Get("/healthz").status, 200) << "not for so long yet";
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/healthz").Has("bank 0 has not answered for 1"); }));
  kill(bank, SIGCONT);
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/readyz").status == 200; }));
  kill(bank, SIGKILL);
  EXPECT_TRUE(site_.Restarted("bank", bank));
  EXPECT_TRUE(Eventually([&] { return Figure("zoobar_role_restarts_total{role=\"bank\"") == 1; }));

  EXPECT_EQ(site_.Ctl({"drain"}).status, 0);
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/readyz").Has("takes no new connections"); }));
  EXPECT_EQ(monitor_.Get("/healthz").status, 200);
  EXPECT_EQ(site_.Ctl({"drain", "--off"}).status, 0);
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/readyz").status == 200; }));

  // metrics itself may die too.
  const pid_t metrics = site_.PidOf("metrics");
  kill(metrics, SIGKILL);
  EXPECT_TRUE(site_.Restarted("metrics", metrics));
  monitor_.Disconnect();
  EXPECT_TRUE(Eventually([&] { return monitor_.Get("/readyz").status == 200 || (monitor_.Disconnect(), false); }));
}

TEST_F(FiguresTest, WithoutItsListenerItShowsNothing) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_FALSE(std::filesystem::exists(site_.state() + "/listening.metrics"));
  EXPECT_GT(site_.PidOf("metrics"), 0);
  EXPECT_THAT(site_.Output(), HasSubstr("\"metrics\":\"off\""));
  EXPECT_EQ(site_.NewBrowser().Get("/metrics").status, 404) << "the site itself has no such page";
}

TEST_F(FiguresTest, AnAddressThatCannotBeUsedIsNamed) {
  site_.settings.emplace_back("metrics { address: \"192.0.2.1\" port: 0 }");
  EXPECT_FALSE(site_.Start());
  EXPECT_THAT(site_.Output(), HasSubstr("metrics: listen on 192.0.2.1"));
}

}  // namespace
}  // namespace zoobar
