// What the operator does with accounts of the bank.
#include <gmock/gmock.h>

#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

class BankOperatingTest : public BankTest {
 protected:
  AccountsAnswer List(const std::string& after, std::uint32_t limit) {
    OperatorAct act;
    act.mutable_list_accounts()->set_after(after);
    act.mutable_list_accounts()->set_limit(limit);
    return CarryOut(std::move(act)).accounts();
  }
  bool Close(std::string_view name) {
    OperatorAct act;
    act.mutable_close_account()->set_member(Member(name));
    return CarryOut(std::move(act)).done().changed();
  }
};

TEST_F(BankOperatingTest, AccountsAreListedInPages) {
  for (const char* name : {"alice", "bob", "carol"}) Open(name);
  const AccountsAnswer first = List("", 2);
  ASSERT_EQ(first.accounts_size(), 2);
  EXPECT_TRUE(first.more());
  EXPECT_EQ(first.accounts(0).name(), "alice");
  EXPECT_EQ(first.accounts(0).zoobars(), 10);
  const AccountsAnswer rest = List(first.accounts(1).member(), 2);
  ASSERT_EQ(rest.accounts_size(), 1);
  EXPECT_FALSE(rest.more());
  EXPECT_EQ(rest.accounts(0).name(), "carol");
}

TEST_F(BankOperatingTest, OneAccountIsReadByItsId) {
  Open("alice");
  OperatorAct act;
  act.mutable_list_accounts()->set_only(Member("alice"));
  EXPECT_EQ(CarryOut(act).accounts().accounts(0).name(), "alice");
  act.mutable_list_accounts()->set_only(Member("bob"));
  EXPECT_EQ(CarryOut(act).accounts().accounts_size(), 0);
  act.mutable_list_accounts()->set_only("short");
  EXPECT_EQ(CarryOut(act).refused(), "a member id has 16 bytes");
}

TEST_F(BankOperatingTest, AccountsAreOpenedOnceAndTheLedgerStaysSound) {
  OperatorAct act;
  for (const char* name : {"alice", "bob"}) {
    OpenAccounts::Account& account = *act.mutable_open_accounts()->add_accounts();
    account.set_member(Member(name));
    account.set_name(name);
  }
  EXPECT_EQ(CarryOut(act).done().count(), 2u);
  EXPECT_EQ(CarryOut(act).done().count(), 0u);
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_TRUE(Verified().sound());
  EXPECT_EQ(Verified().issued(), 20);
}

TEST_F(BankOperatingTest, AClosedAccountKeepsItsBalanceAndTakesNothing) {
  for (const char* name : {"alice", "bob"}) Open(name);
  EXPECT_TRUE(Close("bob"));
  EXPECT_FALSE(Close("bob"));
  EXPECT_FALSE(Close("nobody"));
  EXPECT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(Balance("bob"), 10);
  FindRequest find;
  find.add_names("bob");
  const auto found = site_->Wait(profile_->Call<FindReply>(std::move(find)));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->message.found(0).member(), "");
  EXPECT_EQ(Open("bob").outcome(), OpenAccountReply::OUTCOME_EXISTS);
  EXPECT_TRUE(Verified().sound());
  Restart();
  EXPECT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
}

TEST_F(BankOperatingTest, TheJournalOfAMemberIsRead) {
  for (const char* name : {"alice", "bob"}) Open(name);
  Transfer(Asking("alice", "bob", 3));
  OperatorAct act;
  act.mutable_read_journal()->mutable_journal()->set_member(Member("alice"));
  act.mutable_read_journal()->mutable_journal()->set_limit(10);
  const OperatorAnswer answer = CarryOut(std::move(act));
  ASSERT_EQ(answer.journal().entries_size(), 2);
  EXPECT_EQ(answer.journal().entries(0).recipient(), "bob");
}

TEST_F(BankOperatingTest, AnActThatTheOperatorHasNotSignedChangesNothing) {
  for (const char* name : {"alice", "bob"}) Open(name);
  OperatorSigner thief = MustHave(OperatorSigner::Of(View(FreshOperatorKey())));
  OperatorAct act;
  act.set_audience(ROLE_BANK);
  act.mutable_close_account()->set_member(Member("bob"));
  OperateBankRequest request;
  *request.mutable_act() = thief.Sign(std::move(act), now_);
  const auto admin = site_->CallAs(ROLE_ADMIN, ROLE_BANK);
  const auto reply = site_->Wait(admin->Call<SealedAnswer>(std::move(request)));
  ASSERT_TRUE(reply.ok());
  EXPECT_THAT(reply->message.refused(), testing::HasSubstr("not the operator's"));
  EXPECT_EQ(site_->lines.Named("operator-act-refused").size(), 1u);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_SENT);
}

}  // namespace
}  // namespace zoobar
