// Requests that are wrong, too many or too large, as hostile programs send them.
#include <gmock/gmock.h>

#include <regex>

#include "limits/programs.h"
#include "roles/profile/api_fixture.h"
#include "sandbox/interpreter.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using ProgramApiRequestsTest = ProgramApiFixture;

TEST_F(ProgramApiRequestsTest, WhatIsNoCallAtAllEndsTheRun) {
  for (const std::string& request :
       {std::string(), std::string("get_self"), std::string("{\"call\":"), std::string("[\"get_self\"]"),
        std::string("\"get_self\""), std::string("null"), std::string("17"), std::string("{} {}"),
        std::string(R"({"call":"xfer","zoobars":NaN})"), std::string(R"({"call":"xfer","zoobars":Infinity})"),
        std::string(R"({"call":"xfer","zoobars":01})"), std::string(R"({'call':'get_self'})"),
        std::string("{\"call\":\"get_self\xff\"}"), std::string("{\"call\":\"\xed\xa0\x80\"}"),
        std::string(R"({"call":"\ud800"})"), std::string("{\"call\":\"get_self\"}\0", 21), std::string(65536, '['),
        std::string(65536, '{'), std::string(65536, '1')}) {
    EXPECT_THAT(Ask(request), StartsWith("!a request that is not")) << request.substr(0, 40);
  }
  EXPECT_THAT(Ask(std::string(ProgramLimits::kRequestBytes + 1, ' ')), StartsWith("!a request of 65537 bytes"));
}

TEST_F(ProgramApiRequestsTest, AWrongCallIsRefusedInWords) {
  const std::pair<std::string, const char*> wrong[] = {
      {R"({})", "there is no call "},
      {R"({"call":"transfer"})", "there is no call transfer"},
      {R"({"call":17})", "which call is it"},
      {R"({"call":["get_self"]})", "which call is it"},
      {R"({"call":"get_self","call":"get_visitor"})", "which call is it"},
      {R"({"call":"get_self","who":1})", "get_self takes no arguments"},
      {R"({"call":"get_user_info"})", "get_user_info: username: missing"},
      {R"({"call":"get_user_info","username":null})", "get_user_info: username: missing"},
      {R"({"call":"get_user_info","user":"bob","username":"bob"})", "get_user_info takes username"},
      {R"({"call":"get_user_info","username":"bob","username":"carol"})", "username: given twice"},
      {R"({"call":"get_user_info","username":7})", "username: must be text"},
      {R"({"call":"get_user_info","username":["bob"]})", "username: must be text"},
      {R"({"call":"get_user_info","username":{"call":"get_self"}})", "username: must be text"},
      {R"({"call":"get_user_info","username":")" + std::string(129, 'x') + "\"}", "at most 128 bytes, not 129"},
      {R"({"call":"get_visits","limit":0})", "limit: must be a whole number from 1 to 100"},
      {R"({"call":"get_visits","limit":101})", "limit: must be a whole number from 1 to 100"},
      {R"({"call":"get_visits","limit":true})", "limit: must be a whole number from 1 to 100"},
      {R"({"call":"open_wall","to":"bob"})", "must be a list of members' names, or the word \\\"everybody\\\""},
      {R"({"call":"open_wall","to":["bob",7]})", "must be a list of members' names"},
      {R"({"call":"open_wall","to":["bob",["carol"]]})", "must be a list of members' names"},
      {R"({"call":"open_wall","to":["bob","dave"]})", "nobody here has the name dave"},
      {R"({"call":"open_wall","to":[""]})", "a member's name must not be empty"},
      {R"({"call":"post","text":""})", "the text is empty"},
      {R"({"call":"post","text":")" + std::string(1001, 'x') + "\"}", "at most 1000 bytes of UTF-8, not 1001"},
      {R"({"call":"post","text":"a\u0000b"})", "control characters"},
      {R"({"call":"post","text":"a\u007fb"})", "control characters"},
      {R"({"call":"share_file","path":"../x","to":[]})", "plain path"},
      {R"({"call":"share_file","path":"//x","to":[]})", "plain path"},
      {R"({"call":"share_file","path":"","to":[]})", "plain path"},
      {R"({"call":"share_file","path":")" + std::string(256, 'x') + R"(","to":[]})", "at most 255 bytes, not 256"},
      {R"({"call":"remove_post","number":0})", "must be a whole number of 1 or more"},
  };
  for (const auto& [request, reason] : wrong) {
    const std::string reply = Ask(request);
    EXPECT_THAT(reply, StartsWith(R"({"error":")")) << request;
    EXPECT_THAT(reply, HasSubstr(reason)) << request;
  }
}

TEST_F(ProgramApiRequestsTest, DepthAndNumberOfArgumentsCostNothing) {
  const std::string deep =
      R"({"call":"get_user_info","username":)" + std::string(30000, '[') + std::string(30000, ']') + "}";
  EXPECT_THAT(Ask(deep), HasSubstr("must be text"));
  std::string many = R"({"call":"get_self")";
  for (int i = 0; many.size() < 65000; ++i) many += fmt::format(R"(,"{}":0)", i);
  EXPECT_THAT(Ask(many + "}"), HasSubstr("takes no arguments"));
  std::string names = R"({"call":"open_wall","to":[""])";
  names.pop_back();
  for (int i = 0; i < 20000; ++i) names += R"(,"")";
  EXPECT_THAT(Ask(names + "]}"), HasSubstr("at most 50 names, not 20001"));
}

TEST_F(ProgramApiRequestsTest, PastItsLimitARunIsRefusedAndAtLastEnded) {
  site_.settings.mutable_profile()->set_api_calls_per_run(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"value":"alice"})");
  for (std::uint32_t i = 0; i < ProgramLimits::kCallsRefused; ++i)
    EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"error":"a run may make at most 3 calls"})");
  EXPECT_EQ(Ask(R"({"call":"get_self"})"), "!it went on calling after its limit of 3 calls");
  EXPECT_EQ(AskAs("alice", R"({"call":"get_self"})"), R"({"value":"alice"})") << "the next run begins anew";
}

TEST_F(ProgramApiRequestsTest, RefusedCallsCountToo) {
  site_.settings.mutable_profile()->set_api_calls_per_run(1);
  EXPECT_THAT(Ask(R"({"call":"nonsense"})"), HasSubstr("there is no call"));
  EXPECT_THAT(Ask(R"({"call":"get_self"})"), HasSubstr("at most 1 calls"));
}

TEST_F(ProgramApiRequestsTest, ACallWaitsForATurnOfTheLoop) {
  // Two runs that call without pause are answered alternately.
  ProgramRun other = RunOf("bob");
  std::string order;
  const auto flood = [&](ProgramRun& run, char mark) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      auto answering = api_->Answer(run, R"({"call":"get_self"})");
      const Result<std::string> reply = co_await answering;
      order += reply.ok() ? mark : '!';
    }
  };
  Spawn(flood(run_, 'a'));
  Spawn(flood(other, 'b'));
  EXPECT_EQ(order, "");
  site_.RunUntil([&] { return order.size() == 10; });
  EXPECT_EQ(order, "ababababab");
}

TEST_F(ProgramApiRequestsTest, TheLargestSourceOfTheDefaultLimitFitsIntoAReply) {
  SaveText("bob", std::string(65536, '\x01'));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), StartsWith(R"({"value":{"username":"bob")"));
  SaveText("bob", std::string(100000, '\x01'));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), HasSubstr("at most 524288 are sent"));
}

TEST_F(ProgramApiRequestsTest, EveryMethodInPythonIsACallThatThereIs) {
  const std::string prelude = kPrelude;
  const std::regex calls("def ([a-z_]+)\\(self[^)]*\\):\n        return self\\.call\\(\"([a-z_]+)\"");
  int found = 0;
  for (std::sregex_iterator at(prelude.begin(), prelude.end(), calls), end; at != end; ++at, ++found) {
    EXPECT_EQ((*at)[1], (*at)[2]);
    EXPECT_THAT(AskAs("alice", fmt::format(R"({{"call":"{}"}})", (*at)[2].str())), Not(HasSubstr("there is no call")));
  }
  EXPECT_EQ(found, 19);
}

}  // namespace
}  // namespace zoobar
