// What bank gives of the journal's tree.
#include "journal/statement_check.h"
#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

using testing::SizeIs;

StatementRequest AskingFor(const std::string& member, std::uint64_t size, std::uint32_t limit = 100) {
  StatementRequest request;
  request.set_member(member);
  request.set_size(size);
  request.set_limit(limit);
  return request;
}

TEST_F(BankTest, NotaryGetsHeadsThatContinueEachOther) {
  const auto notary = site_->CallAs(ROLE_NOTARY, ROLE_BANK);
  const auto ask = [&](std::uint64_t old_size) {
    TreeHeadRequest request;
    request.set_old_size(old_size);
    auto reply = site_->Wait(notary->Call<TreeHeadReply>(request));
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? reply->message : TreeHeadReply();
  };
  Open("alice");
  Open("bob");
  const TreeHeadReply before = ask(0);
  EXPECT_EQ(before.size(), 2u);
  ASSERT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_SENT);
  const TreeHeadReply after = ask(2);
  EXPECT_EQ(after.size(), 3u);
  EXPECT_EQ(after.old_root(), before.root());
  std::vector<journal::Hash> proof;
  for (const std::string& hash : after.proof()) proof.push_back(*journal::Hash::Of(hash));
  EXPECT_TRUE(
      journal::CheckConsistency(2, *journal::Hash::Of(before.root()), 3, *journal::Hash::Of(after.root()), proof).ok());
  EXPECT_EQ(ask(77).size(), 3u) << "a notary that knows more gets what there is";
}

TEST_F(BankTest, AppGetsStatementsAndNobodyElseDoes) {
  Open("alice");
  Open("bob");
  ASSERT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_SENT);
  const auto reply = Answer<StatementReply>(AskingFor(Member("alice"), 3));
  EXPECT_EQ(reply.name(), "alice");
  ASSERT_THAT(reply.entries(), SizeIs(2));
  EXPECT_EQ(reply.entries(1).balance(), 7);
  EXPECT_FALSE(reply.more());
  EXPECT_FALSE(Call<StatementReply>(AskingFor("short", 3)).ok());
  EXPECT_FALSE(Call<StatementReply>(AskingFor(Member("alice"), 4)).ok()) << "a larger tree than there is";
  EXPECT_FALSE(Call<StatementReply>(AskingFor(Member("alice"), 3, 101)).ok());
  EXPECT_THAT(Answer<StatementReply>(AskingFor(Member("alice"), 3, 1)).entries(), SizeIs(1));
  EXPECT_THAT(Answer<StatementReply>(AskingFor(Member("alice"), 2)).entries(), SizeIs(1));
  EXPECT_FALSE(site_->Wait(profile_->Call<StatementReply>(AskingFor(Member("alice"), 3))).ok());
}

// One member who asks again and again has at most four places; another member's turn comes next.
TEST_F(BankTest, AMemberWhoAsksForManyStatementsDoesNotDelayOthers) {
  Open("alice");
  Open("bob");
  int greedy = 0, busy = 0;
  bool honest = false;
  const auto ask = [](Channel& app, StatementRequest request, int* done, int* refused) -> Task<void> {
    auto call = app.Call<StatementReply>(std::move(request));
    const auto reply = co_await call;
    if (reply.ok() && reply->message.busy()) ++*refused;
    ++*done;
  };
  const auto ask_once = [](Channel& app, StatementRequest request, bool* done) -> Task<void> {
    auto call = app.Call<StatementReply>(std::move(request));
    const auto reply = co_await call;
    EXPECT_TRUE(reply.ok() && !reply->message.busy() && reply->message.name() == "bob");
    *done = true;
  };
  for (int i = 0; i < 40; ++i) Spawn(ask(*app_, AskingFor(Member("alice"), 2), &greedy, &busy));
  Spawn(ask_once(*app_, AskingFor(Member("bob"), 2), &honest));
  site_->RunUntil([&] { return greedy == 40 && honest; });
  EXPECT_GT(busy, 0);
}

}  // namespace
}  // namespace zoobar
