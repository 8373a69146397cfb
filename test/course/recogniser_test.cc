// Which line of a log shows that a member has done a task, and which tasks a file may declare.
#include "course/recogniser.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <map>

#include "course/rules.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTasks = R"(
  task { id: "pay" title: "Pay" text: "Pay." done { role: "bank" event: "transfer" member: "sender" } }
  task {
    id: "wall" title: "Wall" text: "Try." points: 3
    done { role: "profile" event: "program-denied" field { name: "call" value: "socket" } member: "owner" }
    done { role: "profile" event: "program-denied" field { name: "call" value: "connect" } member: "owner" }
  }
  task { id: "read" title: "Read" text: "Read." done { request: "GET /zoobar/index.cgi/journal" } }
)";

Config::Tasks Parse(const std::string& text) {
  Config::Tasks tasks;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &tasks)) << text;
  return tasks;
}

class RecogniserTest : public testing::Test {
 protected:
  std::vector<std::string> Event(const std::string& role, const std::string& event,
                                 const std::map<std::string, std::string>& fields) {
    std::vector<std::string> found;
    const auto field = [&fields](std::string_view name) -> std::optional<std::string_view> {
      const auto at = fields.find(std::string(name));
      return at == fields.end() ? std::nullopt : std::optional<std::string_view>(at->second);
    };
    recogniser_.Event(role, event, field, Into(found));
    return found;
  }
  std::vector<std::string> Request(const std::string& role, const std::string& method, const std::string& path,
                                   std::uint32_t status, const std::string& member = "alice") {
    std::vector<std::string> found;
    recogniser_.Request(role, method, path, status, member, Into(found));
    return found;
  }
  static TaskRecogniser::Found Into(std::vector<std::string>& found) {
    return [&found](const std::string& task, std::string_view member) {
      found.push_back(task + " by " + std::string(member));
    };
  }
  const TaskRecogniser recogniser_{Parse(kTasks)};
};

TEST_F(RecogniserTest, AnEventIsTheMembersWhomTheFieldNames) {
  EXPECT_THAT(Event("bank", "transfer", {{"sender", "alice"}, {"recipient", "bob"}}), ElementsAre("pay by alice"));
  EXPECT_THAT(Event("bank", "transfer", {{"recipient", "bob"}}), IsEmpty()) << "nobody is named";
  EXPECT_THAT(Event("bank", "transfer", {{"sender", ""}}), IsEmpty());
  EXPECT_THAT(Event("bank", "transfer", {{"sender", std::string(129, 'a')}}), IsEmpty()) << "no member has such a name";
  EXPECT_THAT(Event("bank", "payment", {{"sender", "alice"}}), IsEmpty());
}

TEST_F(RecogniserTest, OnlyTheRoleThatTheTaskNamesIsBelieved) {
  for (const char* role : {"app", "sandbox", "echo", "profile", "course", ""})
    EXPECT_THAT(Event(role, "transfer", {{"sender", "alice"}}), IsEmpty()) << role;
}

TEST_F(RecogniserTest, EachFieldOfATraceMustBeThereAndOneTraceIsEnough) {
  EXPECT_THAT(Event("profile", "program-denied", {{"owner", "eve"}, {"call", "socket"}}), ElementsAre("wall by eve"));
  EXPECT_THAT(Event("profile", "program-denied", {{"owner", "eve"}, {"call", "connect"}}), ElementsAre("wall by eve"));
  EXPECT_THAT(Event("profile", "program-denied", {{"owner", "eve"}, {"call", "socketpair"}}), IsEmpty());
  EXPECT_THAT(Event("profile", "program-denied", {{"owner", "eve"}}), IsEmpty());
}

TEST_F(RecogniserTest, ARequestCountsIfAMemberWasAnsweredWell) {
  const std::string path = "/zoobar/index.cgi/journal";
  EXPECT_THAT(Request("app", "GET", path, 200), ElementsAre("read by alice"));
  EXPECT_THAT(Request("app", "GET", path, 304), ElementsAre("read by alice"));
  EXPECT_THAT(Request("app", "GET", path, 400), IsEmpty());
  EXPECT_THAT(Request("app", "GET", path, 503), IsEmpty());
  EXPECT_THAT(Request("app", "POST", path, 200), IsEmpty());
  EXPECT_THAT(Request("app", "GET", path + "/", 200), IsEmpty());
  EXPECT_THAT(Request("app", "GET", "/zoobar/index.cgi/journa", 200), IsEmpty());
  EXPECT_THAT(Request("app", "GET", path, 200, ""), IsEmpty()) << "no session";
  EXPECT_THAT(Request("dispatcher", "GET", path, 200), IsEmpty()) << "dispatcher knows no members";
}

TEST_F(RecogniserTest, WithoutTasksNothingIsRecognised) {
  EXPECT_TRUE(recogniser_.any());
  EXPECT_FALSE(TaskRecogniser().any());
}

// ---- what a task must be

constexpr const char* kGood = R"(id: "a-1" title: "A" text: "t" done { request: "POST /a" })";

std::string Wrong(const std::string& text) {
  CourseTask task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &task)) << text;
  const std::optional<TaskFault> fault = WrongIn(task);
  return fault ? std::string(fault->field) + " " + fault->why : "";
}

TEST(TaskRules, AGoodTaskIsGood) { EXPECT_EQ(Wrong(kGood), ""); }

TEST(TaskRules, EachFaultIsNamedWithItsFieldAndItsLimit) {
  const std::string good = kGood, done = R"(done { request: "GET /a" })";
  EXPECT_THAT(Wrong(R"(title: "A" text: "t" )" + done), HasSubstr("id must be 1 to 32"));
  EXPECT_THAT(Wrong(R"(id: "A" title: "A" text: "t" )" + done), HasSubstr("id must be 1 to 32"));
  EXPECT_THAT(Wrong("id: \"" + std::string(33, 'a') + R"(" title: "A" text: "t" )" + done), HasSubstr("id must be"));
  EXPECT_THAT(Wrong(R"(id: "a" text: "t" )" + done), "title is missing");
  EXPECT_THAT(Wrong(R"(id: "a" title: "A" )" + done), "text is missing");
  EXPECT_THAT(Wrong(R"(id: "a" title: "A" text: ")" + std::string(4001, 't') + "\" " + done),
              "text has 4001 bytes, and may have at most 4000");
  EXPECT_THAT(Wrong(good + " hint: \"\""), "hint is missing");
  EXPECT_THAT(Wrong(good + " points: 1001"), "points must be 0 to 1000");
  EXPECT_THAT(Wrong(R"(id: "a" title: "A" text: "t")"), HasSubstr("done is missing"));
  std::string many;
  for (int i = 0; i < 16; ++i) many += done;
  EXPECT_THAT(Wrong(good + many), "done stands 17 times, at most 16");
}

TEST(TaskRules, ATraceIsARequestOrAnEventOfARole) {
  const std::string good = kGood;
  EXPECT_THAT(Wrong(good + "done { }"), HasSubstr("needs either an event or a request"));
  EXPECT_THAT(Wrong(good + R"(done { event: "e" role: "bank" member: "m" request: "GET /" })"), HasSubstr("either"));
  EXPECT_THAT(Wrong(good + R"(done { event: "e" member: "m" })"), HasSubstr("names an event and no role"));
  EXPECT_THAT(Wrong(good + R"(done { event: "e" role: "bank" })"), HasSubstr("not the field"));
  EXPECT_EQ(Wrong(good + R"(done { event: "e" role: "bank" member: "m" })"), "");
  for (const char* request : {"/a", "GET", "GET a", "PUT /a", "GET /a b", "GET /users?user=x", "GET  /a", "xGET /a"})
    EXPECT_THAT(Wrong(good + "done { request: \"" + request + "\" }"), HasSubstr("without a query")) << request;
  EXPECT_THAT(Wrong(good + R"(done { request: "GET /a" member: "m" })"), HasSubstr("no role, member or field"));
  std::string fields;
  for (int i = 0; i < 9; ++i) fields += "field { name: \"n\" value: \"v\" } ";
  EXPECT_THAT(Wrong(good + R"(done { event: "e" role: "bank" member: "m" )" + fields + "}"), HasSubstr("at most 8"));
  EXPECT_THAT(Wrong(good + R"(done { event: "e" role: "bank" member: "m" field { value: "v" } })"),
              HasSubstr("without a name"));
}

}  // namespace
}  // namespace zoobar
