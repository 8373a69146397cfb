// What programs ask about what members open to each other.
#include <gmock/gmock.h>

#include "limits/programs.h"
#include "roles/profile/api_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using ProgramApiSocialTest = ProgramApiFixture;

TEST_F(ProgramApiSocialTest, VisitsAreReadWhereTheyAreShared) {
  for (const char* visitor : {"bob", "carol"})
    ASSERT_TRUE(
        site_.Wait(social_->RecordVisit(Member("alice"), Member(visitor), visitor, kApiNow + (*visitor == 'c'))).ok());
  const std::string carol =
      R"({"visitor":"carol","visits":1,"time":"Wed Nov 25 07:30:44 2026","seconds":1795591844.001})";
  EXPECT_EQ(Ask(R"({"call":"get_visits","limit":1})"), R"({"value":[)" + carol + "]}");
  EXPECT_EQ(AskAs("bob", R"({"call":"get_visits","username":"alice"})"),
            R"({"error":"alice does not share visits with bob"})");
  EXPECT_EQ(Ask(R"({"call":"share_visits","to":["bob"]})"), kDone);
  EXPECT_THAT(AskAs("bob", R"({"call":"get_visits","username":"alice"})"), StartsWith(R"({"value":[)" + carol));
  EXPECT_EQ(AskAs("carol", R"({"call":"get_visits","username":"alice"})"),
            R"({"error":"alice does not share visits with carol"})");
  EXPECT_EQ(Ask(R"({"call":"share_visits","to":[]})"), kDone);
  EXPECT_THAT(AskAs("bob", R"({"call":"get_visits","username":"alice"})"), StartsWith(R"({"error":)"));
}

TEST_F(ProgramApiSocialTest, AProgramSpeaksForItsOwnerWhoeverLooks) {
  AskAs("carol", R"({"call":"open_wall","to":["bob"]})");
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"carol"})"),
            R"({"error":"carol has not opened the wall to alice"})")
      << "the visitor, bob, might";
  AskAs("carol", R"({"call":"open_wall","to":["alice"]})");
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"carol"})"), fmt::format(R"({{"value":{}}})", kApiNow));
  EXPECT_EQ(AskAs("carol", R"({"call":"get_wall"})"),
            fmt::format(R"({{"value":[{{"number":{},"author":"alice","text":"hi",)"
                        R"("time":"Wed Nov 25 07:30:44 2026","seconds":1795591844.0}}]}})",
                        kApiNow));
}

TEST_F(ProgramApiSocialTest, APostIsRemovedByItsAuthorOrTheWallsOwner) {
  AskAs("carol", R"({"call":"open_wall","to":"everybody"})");
  Ask(R"({"call":"post","text":"one","username":"carol"})");
  Ask(R"({"call":"post","text":"two","username":"carol"})");
  const std::string first = std::to_string(kApiNow), second = std::to_string(kApiNow + 1);
  EXPECT_EQ(AskAs("bob", R"({"call":"remove_post","username":"carol","number":)" + first + "}"),
            R"({"error":"there is no post )" + first + R"( on the wall of carol that bob may remove"})");
  EXPECT_EQ(Ask(R"({"call":"remove_post","username":"carol","number":)" + first + "}"), kDone);
  EXPECT_EQ(AskAs("carol", R"({"call":"remove_post","number":)" + second + "}"), kDone);
  EXPECT_EQ(AskAs("carol", R"({"call":"get_wall"})"), R"({"value":[]})");
}

TEST_F(ProgramApiSocialTest, MessagesArriveWhereTheyAreAccepted) {
  EXPECT_EQ(Ask(R"({"call":"send_message","to":"bob","text":"psst"})"),
            R"({"error":"bob does not accept messages from alice"})");
  EXPECT_EQ(AskAs("bob", R"({"call":"accept_messages","senders":["alice"]})"), kDone);
  EXPECT_EQ(Ask(R"({"call":"send_message","to":"bob","text":"psst"})"), kDone);
  const std::string number = std::to_string(kApiNow);
  EXPECT_THAT(AskAs("bob", R"({"call":"get_messages"})"),
              StartsWith(R"({"value":[{"number":)" + number + R"(,"sender":"alice","text":"psst",)"));
  EXPECT_EQ(Ask(R"({"call":"get_messages"})"), R"({"value":[]})");
  EXPECT_EQ(Ask(R"({"call":"remove_message","number":)" + number + "}"),
            R"({"error":"there is no message )" + number + R"("})");
  EXPECT_EQ(AskAs("bob", R"({"call":"remove_message","number":)" + number + "}"), kDone);
  EXPECT_EQ(AskAs("bob", R"({"call":"get_messages"})"), R"({"value":[]})");
}

TEST_F(ProgramApiSocialTest, AFileIsHandedToThoseItIsSharedWith) {
  KeepFile("alice", "notes", std::string("\xff\x00hi", 4));
  const std::string ask = R"({"call":"get_shared","username":"alice","path":"notes"})";
  const std::string refused = R"({"error":"alice shares no file notes with bob"})";
  EXPECT_EQ(AskAs("bob", ask), refused);
  EXPECT_EQ(Ask(R"({"call":"share_file","path":"/notes","to":["bob"]})"), kDone);
  EXPECT_EQ(AskAs("bob", ask), R"({"base64":"/wBoaQ=="})");
  EXPECT_EQ(AskAs("bob", R"({"call":"list_shared","username":"alice"})"), R"({"value":[{"path":"notes","bytes":4}]})");
  EXPECT_EQ(AskAs("carol", R"({"call":"list_shared","username":"alice"})"), R"({"value":[]})");
  EXPECT_EQ(AskAs("carol", ask), R"({"error":"alice shares no file notes with carol"})");
  KeepFile("alice", "other", "x");
  EXPECT_EQ(AskAs("bob", ask), refused) << "shared, but not there any more";
  EXPECT_EQ(AskAs("bob", R"({"call":"list_shared","username":"alice"})"), R"({"value":[]})");
  Ask(R"({"call":"share_file","path":"folder","to":["bob"]})");
  EXPECT_THAT(AskAs("bob", R"({"call":"get_shared","username":"alice","path":"folder"})"), HasSubstr("no file folder"));
}

TEST_F(ProgramApiSocialTest, ASharedFileIsReadAfterTheRunThatWroteItIsStored) {
  EXPECT_EQ(Ask(R"({"call":"share_file","path":"/notes","to":["bob"]})"), kDone);
  unstored_.Answered(Member("alice"));
  std::string reply;
  ProgramRun run = RunOf("bob");
  const auto ask = [&]() -> Task<void> {
    auto answering = api_->Answer(run, R"({"call":"get_shared","username":"alice","path":"notes"})");
    const Result<std::string> answer = co_await answering;
    reply = answer.ok() ? *answer : answer.error().text;
  };
  Spawn(ask());
  EXPECT_THAT(AskAs("carol", R"({"call":"list_shared","username":"carol"})"), StartsWith(R"({"value")"));
  EXPECT_EQ(reply, "");
  KeepFile("alice", "notes", "hi");
  unstored_.Stored(Member("alice"));
  site_.RunUntil([&] { return !reply.empty(); });
  EXPECT_EQ(reply, R"({"base64":"aGk="})");
}

TEST_F(ProgramApiSocialTest, ASharedFileIsHandedOutUpToItsLimit) {
  Ask(R"({"call":"share_file","path":"big","to":"everybody"})");
  const std::string ask = R"({"call":"get_shared","username":"alice","path":"big"})";
  KeepFile("alice", "big", std::string(ProgramLimits::kSharedFileBytes, 'x'));
  EXPECT_THAT(AskAs("bob", ask), StartsWith(R"({"base64":"eHh4)"));
  KeepFile("alice", "big", std::string(ProgramLimits::kSharedFileBytes + 1, 'x'));
  EXPECT_EQ(AskAs("bob", ask), R"({"error":"big has 262145 bytes; a shared file may have at most 262144"})");
}

TEST_F(ProgramApiSocialTest, SharedFilesAreCounted) {
  for (std::size_t i = 0; i < ProgramLimits::kSharedFiles; ++i)
    EXPECT_EQ(Ask(fmt::format(R"({{"call":"share_file","path":"f{}","to":["bob"]}})", i)), kDone);
  EXPECT_EQ(Ask(R"({"call":"share_file","path":"more","to":["bob"]})"),
            R"({"error":"at most 16 files can be shared"})");
}

TEST_F(ProgramApiSocialTest, ItTellsWhatItsOwnerHasOpened) {
  Ask(R"({"call":"share_visits","to":"everybody"})");
  Ask(R"({"call":"open_wall","to":["carol","alice","bob","carol"]})");
  Ask(R"({"call":"accept_messages","senders":["everybody"]})");
  Ask(R"({"call":"share_file","path":"a/b","to":["bob"]})");
  EXPECT_EQ(Ask(R"({"call":"get_sharing"})"),
            R"({"value":{"visits":"everybody","wall":["carol","bob"],"messages":["everybody"],)"
            R"("files":{"a/b":["bob"]}}})");
  EXPECT_THAT(AskAs("bob", R"({"call":"send_message","to":"alice","text":"x"})"), StartsWith(R"({"error":)"))
      << "a list that holds a member of that name is not everybody";
}

TEST_F(ProgramApiSocialTest, AListHoldsSoManyNamesAndNoMore) {
  std::string names;
  for (int i = 0; i < 50; ++i) {
    bank_.balances[fmt::format("m{}", i)] = 1;
    names += fmt::format("{}\"m{}\"", i ? "," : "", i);
  }
  EXPECT_EQ(Ask(R"({"call":"open_wall","to":[)" + names + "]}"), kDone);
  EXPECT_THAT(Ask(R"({"call":"open_wall","to":["bob",)" + names + "]}"), HasSubstr("at most 50 names, not 51"));
  EXPECT_THAT(AskAs("m49", R"({"call":"get_wall","username":"alice"})"), StartsWith(R"({"value":)"))
      << "a refused list changes nothing";
}

TEST_F(ProgramApiSocialTest, TheFullestWallFitsIntoAReply) {
  const std::string name(128, '"'), text(1000, '"');
  for (std::size_t i = 0; i < ProgramLimits::kPostsKept; ++i) {
    StoredPost post;
    post.mutable_author()->set_id(Member("alice"));
    post.mutable_author()->set_name(name);
    post.set_text(text);
    post.set_time_ms(kApiNow);
    ASSERT_TRUE(site_.Wait(social_->Add(Social::Place::kWall, Member("alice"), std::move(post), true)).ok());
  }
  EXPECT_THAT(Ask(R"({"call":"get_wall","limit":100})"), StartsWith(R"({"value":[{"number":)"));
}

}  // namespace
}  // namespace zoobar
