// What logger recognises of the tasks of a course, and how course takes it.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LoggerDeedsTest : public LoggerTest {
 protected:
  void MakeWithTasks() {
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
      task { id: "denied" done { role: "profile" event: "program-denied" member: "owner" } }
      task { id: "changed" done { role: "auth" event: "password-changed" member: "name" } }
      task { id: "read" done { request: "GET /journal" } })",
                                                              site_.settings.mutable_tasks()));
    Make();
  }
  DeedsReply Take(std::uint64_t epoch = 0, std::uint64_t after = 0) {
    DeedsRequest request;
    request.set_epoch(epoch);
    request.set_after(after);
    const std::shared_ptr<Channel> course = site_.CallAs(ROLE_COURSE, ROLE_LOGGER);
    auto reply = site_.Wait(course->Call<DeedsReply>(request));
    EXPECT_TRUE(reply.ok());
    return reply->message;
  }
  static std::vector<std::string> In(const DeedsReply& reply) {
    std::vector<std::string> deeds;
    for (const auto& deed : reply.deeds()) deeds.push_back(deed.member() + ":" + deed.task());
    return deeds;
  }
  static AccessRequest Access(const std::string& member, const std::string& path = "/journal") {
    AccessRequest request;
    AccessRequest::Entry& entry = *request.add_entries();
    entry.set_method("GET");
    entry.set_path(path);
    entry.set_status(200);
    entry.set_member(member);
    return request;
  }
};

TEST_F(LoggerDeedsTest, LinesOfEveryLogAreRecognisedOnce) {
  MakeWithTasks();
  for (int i = 0; i < 3; ++i) {
    SendAs(ROLE_PROFILE, About("program-denied", "owner", "eve"));
    SendAs(ROLE_AUTH, [] {
      WriteRequest line = About("password-changed", "name", "alice");
      line.set_security(false);
      return line;
    }());
    SendAs(ROLE_APP, Access("bob"));
  }
  SendAs(ROLE_ECHO, About("program-denied", "owner", "mallory"));
  SendAs(ROLE_APP, Access("bob", "/other"));
  const DeedsReply reply = Take();
  EXPECT_THAT(In(reply), ElementsAre("eve:denied", "alice:changed", "bob:read"));
  EXPECT_GT(reply.deeds(0).time_ms(), 1'700'000'000'000);
}

TEST_F(LoggerDeedsTest, WhatCourseHasNotConfirmedComesAgain) {
  MakeWithTasks();
  SendAs(ROLE_APP, Access("a"));
  SendAs(ROLE_APP, Access("b"));
  const DeedsReply first = Take();
  EXPECT_THAT(In(first), ElementsAre("a:read", "b:read"));
  EXPECT_THAT(In(Take()), ElementsAre("a:read", "b:read")) << "course has died meanwhile";
  EXPECT_THAT(In(Take(first.epoch() + 1, first.first() + 1)), ElementsAre("a:read", "b:read")) << "of another logger";
  EXPECT_THAT(In(Take(first.epoch(), first.first())), ElementsAre("b:read"));
  SendAs(ROLE_APP, Access("c"));
  EXPECT_THAT(In(Take(first.epoch(), first.first() + 1)), ElementsAre("c:read"));
}

TEST_F(LoggerDeedsTest, AMoneyLineHasTheNamesOfBothMembers) {
  Make();
  MoneyRequest money;
  MoneyRequest::Entry& entry = *money.add_entries();
  entry.set_kind(MoneyRequest::KIND_TRANSFER);
  entry.set_from(std::string(16, 'f'));
  entry.set_to(std::string(16, 't'));
  entry.set_sender("alice");
  entry.set_recipient("bob");
  SendAs(ROLE_BANK, money);
  EXPECT_THAT(In(Take()), IsEmpty()) << "without tasks";
}

TEST_F(LoggerDeedsTest, AClosedAccountIsToldAlsoWithoutTasks) {
  Make();
  SendAs(ROLE_AUTH, About("account-closed", "name", "alice"));
  SendAs(ROLE_BANK, About("account-closed", "name", "bob"));
  SendAs(ROLE_APP, Access("carol"));
  EXPECT_THAT(In(Take()), ElementsAre("alice:"));
}

TEST_F(LoggerDeedsTest, NothingComesAfterTheEndOfAnAccount) {
  MakeWithTasks();
  SendAs(ROLE_APP, Access("alice"));
  SendAs(ROLE_AUTH, About("account-closed", "name", "alice"));
  SendAs(ROLE_PROFILE, About("program-denied", "owner", "alice"));  // of a run that had begun before
  SendAs(ROLE_APP, Access("alice"));
  EXPECT_THAT(In(Take()), ElementsAre("alice:read", "alice:"));
}

TEST_F(LoggerDeedsTest, WhatCourseMayHaveDroppedIsToldAgain) {
  MakeWithTasks();
  Deeds deeds(site_.settings, 1);
  const LogOrigin app{ROLE_APP, 0, 0};
  const auto read = [&](const std::string& member) { deeds.Request(app, Access(member).entries(0)); };
  read("bob");
  read("bob");
  deeds.Configure(site_.settings);
  read("bob");
  deeds.Event({ROLE_AUTH, 0, 0}, About("account-closed", "name", "alice"));
  read("bob");
  EXPECT_THAT(In(deeds.Take({})), ElementsAre("bob:read", "bob:read", "alice:", "bob:read"));
}

TEST_F(LoggerDeedsTest, OneMemberCannotFillWhatWaitsAndWhatDidNotFitComesLater) {
  MakeWithTasks();
  Deeds deeds(site_.settings, 1);
  const LogOrigin app{ROLE_APP, 0, 0};
  const auto read = [&](const std::string& member) { deeds.Request(app, Access(member).entries(0)); };
  for (std::size_t i = 0; i < 2 * Deeds::kMostWaiting; ++i) read("greedy");
  read("honest");
  EXPECT_EQ(deeds.dropped(), 0);
  EXPECT_EQ(In(deeds.Take({})).size(), 2u);
  for (std::size_t i = 2; i < Deeds::kMostWaiting; ++i) read("member" + std::to_string(i));
  read("late");
  EXPECT_EQ(deeds.dropped(), 1);
  DeedsRequest all;
  all.set_epoch(1);
  all.set_after(Deeds::kMostWaiting);
  EXPECT_THAT(In(deeds.Take(all)), IsEmpty());
  read("late");
  EXPECT_THAT(In(deeds.Take(all)), ElementsAre("late:read"));
}

TEST_F(LoggerDeedsTest, AReplyHasABoundAndSaysThatThereIsMore) {
  MakeWithTasks();
  Deeds deeds(site_.settings, 1);
  for (std::size_t i = 0; i <= Deeds::kMostInReply; ++i)
    deeds.Request(LogOrigin{ROLE_APP, 0, 0}, Access("m" + std::to_string(i)).entries(0));
  const DeedsReply reply = deeds.Take({});
  EXPECT_EQ(static_cast<std::size_t>(reply.deeds_size()), Deeds::kMostInReply);
  EXPECT_TRUE(reply.more());
}

}  // namespace
}  // namespace zoobar
