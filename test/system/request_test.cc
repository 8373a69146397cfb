// One request is followed through every role of a live site by its id, with `zoobar ctl log`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <regex>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class RequestTest : public testing::Test {
 protected:
  void SetUp() override { site_.settings.push_back("log { traced_per_second: 1000 }"); }

  // The lines of `zoobar ctl log --request ID`, as soon as they have this text.
  std::string WayOf(const std::string& id, const std::string& text) const {
    std::string way;
    EXPECT_TRUE(Eventually([&] {
      way = site_.Ctl({"log", "--request", id}).output;
      return way.find(text) != way.npos;
    })) << text
        << " is not in\n"
        << way;
    return way;
  }
  static std::string Step(const std::string& role, const std::string& from, const std::string& method) {
    return "\"role\":\"" + role + "\".*\"event\":\"call\".*\"from\":\"" + from + "\",\"method\":\"" + method + "\"";
  }

  LiveSite site_;
};

TEST_F(RequestTest, AVisitToAProgramThatPaysIsFollowedThroughSixRoles) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser ann = site_.NewMember("ann"), bob = site_.NewMember("bob");
  ASSERT_TRUE(ann.Save("#!python\napi.xfer('bob', 1)\nprint('paid')").Has("Profile saved"));
  bob.Disconnect();  // the dispatcher reads the first request of a connection
  const Answer page = bob.Look("ann");
  ASSERT_TRUE(page.Has("paid")) << page.body;
  const std::string id = page.Field("X-Request-Id");
  ASSERT_TRUE(std::regex_match(id, std::regex("[0-9a-f]{32}"))) << id;
  EXPECT_FALSE(page.Has(id)) << "only an error page shows it";

  // The page is sent when the program has ended well, and before every process of its run is gone.
  const std::string way = WayOf(id, "Sandbox.Wait");
  EXPECT_THAT(way, ContainsRegex("\"role\":\"app\".*\"path\":\"/zoobar/index.cgi/users\""));
  EXPECT_THAT(way, ContainsRegex("\"role\":\"dispatcher\".*\"event\":\"handed-over\".*\"to\":\"app\""));
  EXPECT_THAT(way, ContainsRegex(Step("app", "dispatcher", "App.Serve")));
  EXPECT_THAT(way, ContainsRegex(Step("auth", "app", "Auth.[A-Za-z]+")));
  EXPECT_THAT(way, ContainsRegex(Step("profile", "app", "Profile.Show")));
  EXPECT_THAT(way, ContainsRegex(Step("sandbox", "profile", "Sandbox.Begin")));
  EXPECT_THAT(way, ContainsRegex(Step("sandbox", "profile", "Sandbox.Wait")));
  EXPECT_THAT(way, ContainsRegex(Step("bank", "profile", "Bank.[A-Za-z]+")));
  // In order of time, and of this request alone.
  EXPECT_LT(way.find("handed-over"), way.find("Profile.Show"));
  EXPECT_LT(way.find("Profile.Show"), way.find("Sandbox.Begin"));
  std::istringstream lines(way);
  for (std::string line; std::getline(lines, line);) EXPECT_THAT(line, HasSubstr("\"request\":\"" + id + "\""));

  const std::string text = site_.Ctl({"log", "--request", id, "--text"}).output;
  EXPECT_THAT(text, HasSubstr("request " + id + ", from 20"));
  EXPECT_THAT(text, ContainsRegex("\\+0.0 ms +[0-9.]+ ms  dispatcher"));
  EXPECT_THAT(text, ContainsRegex("\\+[0-9.]+ ms +[0-9.]+ ms  bank "));
  EXPECT_THAT(text, HasSubstr("GET /zoobar/index.cgi/users 200"));

  // Another request has another way.
  const std::string other = ann.Get(kHome).Field("X-Request-Id");
  EXPECT_NE(other, id);
  EXPECT_THAT(WayOf(other, "\"path\""), Not(HasSubstr("Sandbox.")));
}

TEST_F(RequestTest, AnErrorPageShowsTheIdByWhichTheOperatorFindsItsCause) {
  site_.kills_expected = true;
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser ann = site_.NewMember("ann");
  const Answer missing = ann.Get("/zoobar/index.cgi/nosuch");
  EXPECT_EQ(missing.status, 404);
  const std::string id = missing.Field("X-Request-Id");
  EXPECT_TRUE(missing.Has("Request <code>" + id + "</code>")) << missing.body;
  EXPECT_THAT(WayOf(id, "\"status\":404"), HasSubstr("/zoobar/index.cgi/nosuch"));
  // A file that does not exist, which dispatcher answers itself.
  const Answer file = ann.Get("/zoobar/media/nosuch.css");
  EXPECT_TRUE(file.Has("Request <code>" + file.Field("X-Request-Id") + "</code>")) << file.body;
  WayOf(file.Field("X-Request-Id"), "\"role\":\"dispatcher\"");
  // A line of a role behind app names the request too.
  const Answer failed = site_.NewBrowser().Login("ann", "wrong password");
  EXPECT_THAT(WayOf(failed.Field("X-Request-Id"), "login-failed"), ContainsRegex("\"role\":\"auth\".*login-failed"));
  const Ended unknown = site_.Ctl({"log", "--request", std::string(32, 'a')});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.output, HasSubstr("no line of this request"));
}

TEST_F(RequestTest, FollowedLogsShowNewLinesAcrossRotationsAndEndWithTheSite) {
  site_.settings.push_back("log { rotate_bytes: 65536 keep: 50 }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::string shown = site_.scratch() + "/shown";
  auto following = std::async(std::launch::async, [&] {
    const char* const command =
        "exec \"$0\" ctl --state-dir \"$1\" log --access --follow --role app --role login >\"$2\" 2>&1";
    return ExecuteProgram({"sh", "-c", command, ZoobarBinary(), site_.state(), shown}, std::chrono::minutes(5));
  });
  Browser browser = site_.NewBrowser();
  std::vector<std::string> ids;
  const auto ask = [&] { ids.push_back(browser.Get(kLogin).Field("X-Request-Id")); };
  // It begins with the newest lines, and then shows all new ones. So this line is shown whenever it begins.
  ask();
  ASSERT_TRUE(Eventually([&] { return ReadWhole(shown).find(ids[0]) != std::string::npos; }));
  for (int i = 0; i < 1200; ++i) ask();
  EXPECT_EQ(site_.Stop(), 0);
  const Ended followed = following.get();
  const std::string output = ReadWhole(shown);
  EXPECT_EQ(followed.status, 0) << output;
  EXPECT_THAT(output, HasSubstr("the site has stopped"));
  EXPECT_EQ(std::ranges::count_if(ids, [&](const std::string& id) { return output.find(id) == output.npos; }), 0);
  EXPECT_FALSE(ReadWhole(site_.state() + "/log/access.log.2").empty()) << "the log was rotated meanwhile";
}

}  // namespace
}  // namespace zoobar
