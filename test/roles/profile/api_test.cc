// What programs ask about members and zoobars, and what they pay.
#include "roles/profile/api.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "limits/programs.h"
#include "roles/profile/api_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using ProgramApiTest = ProgramApiFixture;

TEST_F(ProgramApiTest, ItSaysWhoseProgramItIsAndWhoLooks) {
  EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"value":"alice"})");
  EXPECT_EQ(Ask(R"({"call":"get_visitor"})"), R"({"value":"bob"})");
}

TEST_F(ProgramApiTest, ARunWhoseOwnersDataWasErasedDoesNothingMore) {
  ProgramRun run = RunOf("alice");
  run.erased = true;
  for (const char* request :
       {R"({"call": "open_wall", "to": "everybody"})", R"({"call": "xfer", "target": "bob", "zoobars": 1})"}) {
    EXPECT_THAT(Ask(run, request), HasSubstr("the data of the program's owner was erased"));
  }
  EXPECT_TRUE(bank_.spent.empty());
}

TEST_F(ProgramApiTest, UserInfoIsNameSourceAndZoobars) {
  SaveText("bob", "#!python\nprint(\"<b>\")\n");
  EXPECT_EQ(Ask(R"({"call":"get_user_info","username":"bob"})"),
            R"({"value":{"username":"bob","profile":"#!python\nprint(\"<b>\")\n","zoobars":3}})");
  EXPECT_EQ(Ask(R"({"call":"get_user_info","username":"carol"})"),
            R"({"value":{"username":"carol","profile":"","zoobars":20}})");
  for (const char* nobody : {"dave", "", "a\\u0000b"}) {
    const std::string reply = Ask(fmt::format(R"({{"call":"get_user_info","username":"{}"}})", nobody));
    EXPECT_EQ(reply, *nobody ? R"({"value":null})"
                             : R"({"error":"get_user_info: username: a member's name must not be empty"})");
  }
}

TEST_F(ProgramApiTest, NamesAreLookedUpInNfc) {
  bank_.balances["\xc3\xa9t\xc3\xa9"] = 5;  // "été", composed
  EXPECT_EQ(Ask("{\"call\":\"get_user_info\",\"username\":\"e\\u0301te\\u0301\"}"),
            "{\"value\":{\"username\":\"\xc3\xa9t\xc3\xa9\",\"profile\":\"\",\"zoobars\":5}}");
}

TEST_F(ProgramApiTest, AmountsKeepEveryDigit) {
  bank_.balances["bob"] = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), HasSubstr("\"zoobars\":9223372036854775807}"));
  Ask(R"({"call":"xfer","target":"bob","zoobars":9007199254740993})");
  ASSERT_EQ(bank_.spent.size(), 1u);
  EXPECT_EQ(bank_.spent[0].zoobars(), 9007199254740993);
}

TEST_F(ProgramApiTest, XfersAreTheJournalsTransfersInItsOrder) {
  bank_.journal = {JournalEntry("alice", "bob", 3), JournalEntry("bob", "alice", 1), JournalEntry("", "alice", 10)};
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"alice"})"),
            R"({"value":[{"sender":"alice","recipient":"bob","amount":3,"time":"Wed Nov 25 07:30:44 2026"},)"
            R"({"sender":"bob","recipient":"alice","amount":1,"time":"Wed Nov 25 07:30:44 2026"}]})");
  EXPECT_EQ(bank_.journal_asked.member(), Member("alice"));
  EXPECT_EQ(bank_.journal_asked.limit(), 100u);
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"dave"})"), R"({"error":"nobody here has the name dave"})");
}

// Only entries that moved zoobars from one member to another one are seen, and nobody's notes.
TEST_F(ProgramApiTest, XfersAreTransfersAcceptedOffersAndCorrections) {
  JournalReply::Entry offer = JournalEntry("alice", "bob", 7, StoredEntry::KIND_OFFER);
  offer.set_note("for the book");
  JournalReply::Entry correction = JournalEntry("bob", "alice", 4, StoredEntry::KIND_CORRECTION);
  correction.set_note("paid twice");
  bank_.journal = {correction,
                   JournalEntry("alice", "bob", 5, StoredEntry::KIND_ACCEPTED),
                   JournalEntry("alice", "bob", 6, StoredEntry::KIND_RETURNED),
                   offer,
                   JournalEntry("alice", "bob", 4),
                   JournalEntry("", "alice", 10)};
  const std::string time = R"("time":"Wed Nov 25 07:30:44 2026")";
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"alice"})"),
            R"({"value":[{"sender":"bob","recipient":"alice","amount":4,)" + time +
                R"(},{"sender":"alice","recipient":"bob","amount":5,)" + time +
                R"(},{"sender":"alice","recipient":"bob","amount":4,)" + time + "}]}");
}

TEST_F(ProgramApiTest, OffersDoNotPushTransfersOut) {
  std::uint64_t number = 1000;
  const auto add = [&](int count, StoredEntry::Kind kind, std::int64_t zoobars) {
    for (int i = 0; i < count; ++i) bank_.journal.push_back(JournalEntry("alice", "bob", zoobars, kind, number--));
  };
  add(60, StoredEntry::KIND_OFFER, 1);
  add(150, StoredEntry::KIND_TRANSFER, 3);
  const std::string reply = Ask(R"({"call":"get_xfers","username":"alice"})");
  EXPECT_EQ(nlohmann::json::parse(reply)["value"].size(), ProgramLimits::kTransfersGiven);
  EXPECT_EQ(bank_.journal_pages, 2) << "each page has 100 entries, and the first one has 40 transfers";
  // However many offers there are, the bank reads 200 entries for one call.
  bank_.journal.clear();
  bank_.journal_pages = 0;
  add(200, StoredEntry::KIND_RETURNED, 1);
  add(1, StoredEntry::KIND_TRANSFER, 3);
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"alice"})"), R"({"value":[]})");
  EXPECT_EQ(bank_.journal_pages, 2);
}

TEST_F(ProgramApiTest, TimesAreWrittenAsAsctimeWritesThem) {
  EXPECT_EQ(ProgramTime(0), "Thu Jan  1 00:00:00 1970");
  EXPECT_EQ(ProgramTime(1709210096789), "Thu Feb 29 12:34:56 2024");
  EXPECT_EQ(ProgramTime(-1), "Wed Dec 31 23:59:59 1969");
}

TEST_F(ProgramApiTest, XferPaysByTheSpendingTicketAndNumbersItsPayments) {
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"bob","zoobars":1})"), R"({"value":7})");
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"carol","zoobars":2})"), R"({"value":7})");
  ASSERT_EQ(bank_.spent.size(), 2u);
  EXPECT_EQ(bank_.spent[0].ticket().body(), "spend for alice");
  EXPECT_EQ(bank_.spent[0].visitor(), Member("bob"));
  EXPECT_EQ(bank_.spent[0].limits().per_hour(), 20u);
  EXPECT_EQ(bank_.spent[0].limits().per_recipient(), 10u);
  EXPECT_EQ(bank_.spent[0].recipient(), Member("bob"));
  EXPECT_EQ(bank_.spent[0].zoobars(), 1);
  EXPECT_EQ(bank_.spent[1].recipient(), Member("carol"));
  EXPECT_NE(bank_.spent[0].sequence(), bank_.spent[1].sequence());
}

TEST_F(ProgramApiTest, WithoutASpendingTicketBankIsNotEvenAsked) {
  run_.spending.Clear();
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"bob","zoobars":1})"),
            R"({"error":"alice has not allowed this program to pay. Save the program again to allow it"})");
  EXPECT_EQ(bank_.finds, 0);
  EXPECT_TRUE(bank_.spent.empty());
}

TEST_F(ProgramApiTest, OnlyPositiveWholeNumbersArePaid) {
  for (const char* amount : {"0", "-1", "1.0", "1e0", "true", "\"1\"", "null", "[1]", "{}"}) {
    EXPECT_THAT(Ask(fmt::format(R"({{"call":"xfer","target":"bob","zoobars":{}}})", amount)),
                StartsWith(R"({"error":"xfer: zoobars: )"))
        << amount;
  }
  for (const std::string& amount : {std::string("9223372036854775808"), std::string("-9223372036854775809"),
                                    std::string(400, '9'), std::string("1e999")}) {
    EXPECT_THAT(Ask(R"({"call":"xfer","target":"bob","zoobars":)" + amount + "}"), HasSubstr("too large")) << amount;
  }
  EXPECT_TRUE(bank_.spent.empty());
}

TEST_F(ProgramApiTest, APaymentWithoutAnAnswerIsAskedForOnceMoreAsTheSameOne) {
  bank_.unanswered = 1;
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"bob","zoobars":1})"), R"({"value":7})");
  ASSERT_EQ(bank_.spent.size(), 2u);
  EXPECT_EQ(bank_.spent[0].SerializeAsString(), bank_.spent[1].SerializeAsString());
}

TEST_F(ProgramApiTest, AfterTwoSilencesItSaysThatItCannotTell) {
  bank_.unanswered = 2;
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"bob","zoobars":1})"),
            R"({"error":"could not tell whether bob was paid: see your journal before you pay again"})");
  EXPECT_EQ(bank_.spent.size(), 2u);
  Ask(R"({"call":"xfer","target":"bob","zoobars":1})");
  EXPECT_NE(bank_.spent[1].sequence(), bank_.spent[2].sequence()) << "the next payment is another";
}

TEST_F(ProgramApiTest, WhatBankRefusesIsSaidWithTheLimitThatWasMet) {
  const std::pair<TransferReply::Outcome, const char*> reasons[] = {
      {TransferReply::OUTCOME_TICKET_REFUSED, "within 30 seconds"},
      {TransferReply::OUTCOME_NOT_POSITIVE, "of 1 or more"},
      {TransferReply::OUTCOME_OVERDRAFT, "alice has only 7 zoobars"},
      {TransferReply::OUTCOME_OVERFLOW, "bob cannot hold so many"},
      {TransferReply::OUTCOME_UNKNOWN_RECIPIENT, "nobody here has the name bob"},
      {TransferReply::OUTCOME_SELF, "its own owner"},
      {TransferReply::OUTCOME_NO_ACCOUNT, "alice has no account"},
      {TransferReply::OUTCOME_ACT_REUSED, "did not carry out"},
      {TransferReply::OUTCOME_OVER_HOUR, "at most 20 zoobars within an hour"},
      {TransferReply::OUTCOME_OVER_RECIPIENT, "at most 10 zoobars to one member"},
      {TransferReply::OUTCOME_TOO_MANY, "1000 payments at once and then 3600 an hour. Try again in 2 seconds"},
      {TransferReply::OUTCOME_NO_ROOM, "no room on its disk; nothing was paid"},
  };
  for (const auto& [outcome, reason] : reasons) {
    bank_.outcome = outcome;
    const std::string reply = Ask(R"({"call":"xfer","target":"bob","zoobars":1})");
    EXPECT_THAT(reply, StartsWith(R"({"error":")"));
    EXPECT_THAT(reply, HasSubstr(reason));
  }
}

TEST_F(ProgramApiTest, ABrokenBankIsARefusalForTheProgramAndALineForTheOperator) {
  bank_.broken = true;
  for (const char* call : {R"({"call":"get_user_info","username":"bob"})", R"({"call":"get_xfers","username":"bob"})",
                           R"({"call":"xfer","target":"bob","zoobars":1})", R"({"call":"open_wall","to":["bob"]})"}) {
    EXPECT_EQ(Ask(call), R"({"error":"the bank does not answer at the moment"})") << call;
  }
  const auto lines = site_.lines.Named("program-call-failed");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0].Text(), HasSubstr("why="));
}

// ---- trials

TEST_F(ProgramApiTest, ATrialPaysNothingAndSeesWhatItWouldSee) {
  run_.trial = true;
  run_.spending.Clear();
  bank_.journal = {JournalEntry("bob", "alice", 1)};
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"bob","zoobars":6})"), R"({"value":4})");
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"carol","zoobars":5})"), R"({"error":"alice has only 4 zoobars"})");
  EXPECT_EQ(Ask(R"({"call":"xfer","target":"alice","zoobars":1})"),
            R"({"error":"a program cannot pay its own owner"})");
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"alice"})"), HasSubstr("\"zoobars\":4}"));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), HasSubstr("\"zoobars\":9}"));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"carol"})"), HasSubstr("\"zoobars\":20}"));
  for (const char* of : {"alice", "bob"}) {
    EXPECT_THAT(Ask(fmt::format(R"({{"call":"get_xfers","username":"{}"}})", of)),
                StartsWith(R"({"value":[{"sender":"alice","recipient":"bob","amount":6,)"));
  }
  EXPECT_THAT(Ask(R"({"call":"get_xfers","username":"carol"})"), StartsWith(R"({"value":[{"sender":"bob")"));
  EXPECT_TRUE(bank_.spent.empty());
}

TEST_F(ProgramApiTest, ATrialKeepsNothingOfWhatItSays) {
  AskAs("bob", R"({"call":"open_wall","to":["alice"]})");
  const std::uint64_t before = profiles_->environment().usage().writes;
  run_.trial = true;
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"bob"})"), fmt::format(R"({{"value":{}}})", kApiNow));
  EXPECT_EQ(Ask(R"({"call":"send_message","to":"bob","text":"hi"})"),
            R"({"error":"bob does not accept messages from alice"})");
  for (const char* call : {R"({"call":"open_wall","to":"everybody"})", R"({"call":"share_visits","to":"everybody"})",
                           R"({"call":"accept_messages","senders":"everybody"})",
                           R"({"call":"share_file","path":"f","to":"everybody"})"}) {
    EXPECT_EQ(Ask(call), kDone) << call;
  }
  EXPECT_EQ(profiles_->environment().usage().writes, before);
  EXPECT_EQ(Ask(R"({"call":"get_sharing"})"), R"({"value":{"visits":[],"wall":[],"messages":[],"files":{}}})");
}

}  // namespace
}  // namespace zoobar
