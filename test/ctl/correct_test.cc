// `zoobar ctl correct`: what it sends, and what it refuses before anything is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "ctl/fixture.h"
#include "site/operator_act.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class CorrectTest : public CtlFixture {
 protected:
  // Plays bank: accepts acts that the operator has signed, and answers as the test says.
  class SigningBank {
   public:
    explicit SigningBank(std::string key) : acts_(ROLE_BANK, std::move(key), WallMillis) {
      service_.Handle(&SigningBank::Operate, this);
    }
    Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateBankRequest> call) {
      const Result<OperatorAct> act = acts_.Accept(call.message.act());
      if (!act.ok()) co_return RefuseAct(act.error());
      asked.push_back(act->correct_entry());
      co_return SealAnswer(*act, answer);
    }
    const Service& service() const { return service_; }
    OperatorAnswer answer;
    std::vector<CorrectEntry> asked;

   private:
    OperatorActs acts_;
    Service service_;
  };

  CorrectTest() {
    Make();
    std::ofstream(state_ + "/operator.key") << View(key_) << '\n';
    site_.Connect(ROLE_ADMIN, ROLE_BANK, bank_.service());
    CorrectionAnswer& correction = *bank_.answer.mutable_correction();
    correction.set_entry(45);
    correction.set_corrects(12);
    correction.set_from("alice");
    correction.set_to("bob");
    correction.set_zoobars(10);
  }
  int Correct(const std::string& reason, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"ctl", "correct", "12", "--yes", "--state-dir", state_, "--reason", reason};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  const Bytes key_ = FreshOperatorKey();
  SigningBank bank_{MustHave(OperatorPublicKey(View(key_)))};
};

TEST_F(CorrectTest, SendsEntryAndReasonAndSaysWhoGivesWhatBack) {
  EXPECT_EQ(Correct("Paid twice, \xC3\xA9t\xC3\xA9."), kCtlOk) << err();
  EXPECT_EQ(out(), "Entry 45 corrects entry 12: alice gives 10 zoobars back to bob.\n");
  ASSERT_EQ(bank_.asked.size(), 1u);
  EXPECT_EQ(bank_.asked[0].entry(), 12u);
  EXPECT_EQ(bank_.asked[0].reason(), "Paid twice, \xC3\xA9t\xC3\xA9.");
  ASSERT_EQ(recorder_.records.size(), 2u);
  EXPECT_EQ(recorder_.records[0].act(), "correct_entry");
  EXPECT_EQ(Correct("why", {"--json"}), kCtlOk);
  EXPECT_THAT(out(), HasSubstr("\"corrects\": \"12\""));
}

TEST_F(CorrectTest, WhatBankRefusesIsBadNews) {
  bank_.answer.Clear();
  bank_.answer.set_refused("entry 12 was already corrected by entry 45");
  EXPECT_EQ(Correct("why"), kCtlBad);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(), "zoobar ctl: entry 12 was already corrected by entry 45\n");
}

TEST_F(CorrectTest, AReasonThatNobodyCanReadIsNotSent) {
  const std::pair<std::string, const char*> wrong[] = {
      {"", "--reason is empty"}, {std::string(201, 'x'), "201 bytes; it may have 200"}, {"\xFF", "not UTF-8"}};
  for (const auto& [reason, why] : wrong) {
    EXPECT_EQ(Correct(reason), kCtlUsage) << reason;
    EXPECT_THAT(err(), HasSubstr(why));
  }
  EXPECT_EQ(Run({"ctl", "correct", "12", "--yes", "--state-dir", state_}), kCtlUsage);
  EXPECT_THAT(err(), HasSubstr("--reason is missing"));
  EXPECT_EQ(Run({"ctl", "correct", "0", "--yes", "--reason=why", "--state-dir", state_}), kCtlUsage);
  EXPECT_TRUE(bank_.asked.empty());
  EXPECT_TRUE(recorder_.records.empty());
  EXPECT_EQ(Correct(std::string(200, 'x')), kCtlOk) << err();
}

TEST_F(CorrectTest, NothingIsSentWithoutYesOrWithAnotherKey) {
  EXPECT_EQ(Run({"ctl", "correct", "12", "--reason=why", "--state-dir", state_}), kCtlUsage);
  EXPECT_THAT(err(), HasSubstr("--yes"));
  std::ofstream(state_ + "/other.key") << View(FreshOperatorKey()) << '\n';
  EXPECT_EQ(Correct("why", {"--operator-key", state_ + "/other.key"}), kCtlRefused);
  EXPECT_THAT(err(), HasSubstr("not the operator's"));
  EXPECT_TRUE(bank_.asked.empty());
}

}  // namespace
}  // namespace zoobar
