#include "roles/honeychecker.h"

#include <gmock/gmock.h>

#include "site/fake_site.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

class HoneycheckerTest : public testing::Test {
 protected:
  HoneycheckerTest() { Start(); }

  void Start() {
    auth_.reset();
    checker_.reset();
    site_ = std::make_unique<FakeSite>();
    checker_ = std::make_unique<Honeychecker>(*site_, folder_.path());
    auth_ = site_->CallAs(ROLE_AUTH, ROLE_HONEYCHECKER);
  }
  ~HoneycheckerTest() override {
    auth_.reset();
    checker_.reset();
  }

  static std::string Id(char fill) { return std::string(16, fill); }
  bool Set(const std::string& words, std::uint32_t index, const std::string& replaces = "",
           const std::string& member = Id('a')) {
    SetIndexRequest request;
    request.set_member(member);
    request.set_name("alice");
    request.set_words(words);
    request.set_replaces(replaces);
    request.set_index(index);
    return site_->Wait(auth_->Call<SetIndexReply>(std::move(request))).ok();
  }
  CheckIndexReply::Verdict Check(const std::string& words, std::uint32_t index, const std::string& member = Id('a')) {
    CheckIndexRequest request;
    request.set_member(member);
    request.set_words(words);
    request.set_index(index);
    request.set_address("192.0.2.7");
    const auto reply = site_->Wait(auth_->Call<CheckIndexReply>(std::move(request)));
    return reply.ok() ? reply->message.verdict() : CheckIndexReply::VERDICT_UNSPECIFIED;
  }

  TemporaryDirectory folder_;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Honeychecker> checker_;
  std::shared_ptr<Channel> auth_;
};

TEST_F(HoneycheckerTest, ItAnswersEveryMethodOfItsService) {
  EXPECT_THAT(site_->service().Missing(ROLE_HONEYCHECKER), ElementsAre());
}

TEST_F(HoneycheckerTest, ItSaysYesToTheRealOneAndRingsForAnyOther) {
  ASSERT_TRUE(Set(Id('1'), 7));
  EXPECT_EQ(Check(Id('1'), 7), CheckIndexReply::VERDICT_REAL);
  EXPECT_TRUE(site_->lines.Named("honeyword-used").empty());
  EXPECT_EQ(Check(Id('1'), 8), CheckIndexReply::VERDICT_HONEYWORD);
  const auto rung = site_->lines.Named("honeyword-used");
  ASSERT_EQ(rung.size(), 1u);
  EXPECT_TRUE(rung[0].security);
  EXPECT_EQ(rung[0].fields.at("name"), "alice");
  EXPECT_EQ(rung[0].fields.at("address"), "192.0.2.7");
  for (const auto& [key, value] : rung[0].fields) {
    EXPECT_NE(value, "7") << key;
    EXPECT_NE(value, "8") << key;
  }
  EXPECT_EQ(site_->counters["alarms"](), 1);
}

TEST_F(HoneycheckerTest, IndexesSurviveARestart) {
  ASSERT_TRUE(Set(Id('1'), 20));
  Start();
  EXPECT_EQ(Check(Id('1'), 20), CheckIndexReply::VERDICT_REAL);
}

TEST_F(HoneycheckerTest, TheDrawThatIsReplacedStaysKnownUntilTheNextIsItself) {
  ASSERT_TRUE(Set(Id('1'), 1));
  // Two new passwords that auth never stored. The account still holds draw 1.
  ASSERT_TRUE(Set(Id('2'), 2, Id('1')));
  ASSERT_TRUE(Set(Id('3'), 3, Id('1')));
  EXPECT_EQ(Check(Id('1'), 1), CheckIndexReply::VERDICT_REAL);
  EXPECT_EQ(Check(Id('2'), 2), CheckIndexReply::VERDICT_UNKNOWN);
  EXPECT_EQ(Check(Id('3'), 3), CheckIndexReply::VERDICT_REAL);
  ASSERT_TRUE(Set(Id('4'), 4, Id('3')));
  EXPECT_EQ(Check(Id('1'), 1), CheckIndexReply::VERDICT_UNKNOWN);
}

TEST_F(HoneycheckerTest, MembersHaveTheirOwn) {
  ASSERT_TRUE(Set(Id('1'), 5));
  EXPECT_EQ(Check(Id('1'), 5, Id('b')), CheckIndexReply::VERDICT_UNKNOWN);
  EXPECT_EQ(site_->lines.Named("index-unknown").size(), 1u);
}

TEST_F(HoneycheckerTest, MalformedRequestsFail) {
  EXPECT_FALSE(Set("short", 1));
  EXPECT_FALSE(Set(Id('1'), 0));
  EXPECT_FALSE(Set(Id('1'), 1, "short"));
  EXPECT_FALSE(Set(Id('1'), 1, "", "short"));
  EXPECT_EQ(Check(Id('1'), 0), CheckIndexReply::VERDICT_UNSPECIFIED);
}

TEST_F(HoneycheckerTest, NobodyButAuthMayAsk) {
  for (const Role role : {ROLE_APP, ROLE_ADMIN, ROLE_BANK}) {
    auto other = site_->CallAs(role, ROLE_HONEYCHECKER);
    EXPECT_FALSE(site_->Wait(other->Call<CheckIndexReply>(CheckIndexRequest())).ok());
  }
}

// There are only the paper's two calls. No call may give an index back.
TEST_F(HoneycheckerTest, NoReplyHasRoomForAnIndex) {
  EXPECT_EQ(SetIndexReply::descriptor()->field_count(), 0);
  ASSERT_EQ(CheckIndexReply::descriptor()->field_count(), 1);
  EXPECT_EQ(CheckIndexReply::descriptor()->field(0)->type(), google::protobuf::FieldDescriptor::TYPE_ENUM);
}

}  // namespace
}  // namespace zoobar
