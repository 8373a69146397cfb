#include "roles/profile/api.h"

#include <gmock/gmock.h>

#include <limits>
#include <regex>

#include "limits/programs.h"
#include "sandbox/interpreter.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kNow = 1'795'591'844'000;  // Wed Nov 25 07:30:44 2026

std::string Member(std::string_view name) {
  std::string id(name);
  id.resize(kMemberIdSize, '.');
  return id;
}

// Balances by name; answers Spend as told.
class FakeBank {
 public:
  FakeBank() {
    service.Handle(&FakeBank::Find, this);
    service.Handle(&FakeBank::Balances, this);
    service.Handle(&FakeBank::Journal, this);
    service.Handle(&FakeBank::Spend, this);
  }

  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call) {
    ++finds;
    if (broken) co_return Error{"the disk is gone"};
    FindReply reply;
    for (const std::string& name : call.message.names()) {
      FindReply::Found& found = *reply.add_found();
      if (!balances.contains(name)) continue;
      found.set_member(Member(name));
      found.set_zoobars(balances[name]);
    }
    co_return reply;
  }
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call) {
    BalancesReply reply;
    for (const std::string& member : call.message.members()) {
      BalancesReply::Balance& balance = *reply.add_balances();
      for (const auto& [name, zoobars] : balances) {
        if (Member(name) != member) continue;
        balance.set_found(true);
        balance.set_zoobars(zoobars);
      }
    }
    co_return reply;
  }
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call) {
    journal_asked = call.message;
    JournalReply reply;
    for (const JournalReply::Entry& entry : journal) *reply.add_entries() = entry;
    co_return reply;
  }
  Task<Result<Outgoing<TransferReply>>> Spend(Incoming<SpendRequest> call) {
    spent.push_back(call.message);
    if (unanswered > 0) {
      --unanswered;
      co_return Error{"interrupted"};
    }
    TransferReply reply;
    reply.set_outcome(outcome);
    reply.set_zoobars(7);
    reply.set_retry_after_s(2);
    reply.set_burst(1000);
    reply.set_per_hour(3600);
    co_return reply;
  }

  Service service;
  std::map<std::string, std::int64_t> balances = {{"alice", 10}, {"bob", 3}, {"carol", 20}, {"everybody", 1}};
  std::vector<JournalReply::Entry> journal;
  JournalRequest journal_asked;
  std::vector<SpendRequest> spent;
  TransferReply::Outcome outcome = TransferReply::OUTCOME_SENT;
  int unanswered = 0, finds = 0;
  bool broken = false;
};

JournalReply::Entry Entry(std::string sender, std::string recipient, std::int64_t zoobars) {
  JournalReply::Entry entry;
  entry.set_sender(std::move(sender));
  entry.set_recipient(std::move(recipient));
  entry.set_zoobars(zoobars);
  entry.set_time_ms(kNow);
  return entry;
}

class ProgramApiTest : public testing::Test {
 protected:
  void SetUp() override {
    site_.settings.mutable_profile()->set_api_calls_per_run(200);
    auto opened = Profiles::Open(site_.loop(), folder_.path(), Config::Store());
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    profiles_ = std::move(*opened);
    social_ = std::make_unique<Social>(profiles_->environment());
    api_ = std::make_unique<ProgramApi>(site_, *profiles_, *social_, unstored_, [] { return kNow; });
    site_.Connect(ROLE_PROFILE, ROLE_BANK, bank_.service);
  }

  // A run of this owner's program, allowed to pay, while bob looks.
  static ProgramRun RunOf(std::string_view owner) {
    ProgramRun run;
    run.owner = Member(owner);
    run.owner_name = owner;
    run.visitor = Member("bob");
    run.visitor_name = "bob";
    run.spending.set_body("spend for alice");
    run.limits.set_per_hour(20);
    run.limits.set_per_recipient(10);
    return run;
  }
  Result<std::string> Answer(ProgramRun& run, std::string request) {
    return site_.Wait(api_->Answer(run, std::move(request)));
  }
  // "!WHY" where it ended the run.
  std::string Ask(ProgramRun& run, std::string request) {
    const Result<std::string> reply = Answer(run, std::move(request));
    return reply.ok() ? *reply : "!" + reply.error().text;
  }
  std::string Ask(std::string request) { return Ask(run_, std::move(request)); }
  // As another member's program.
  std::string AskAs(std::string_view owner, std::string request) {
    ProgramRun run = RunOf(owner);
    return Ask(run, std::move(request));
  }
  void SaveText(std::string_view name, std::string text) {
    StoredProfile profile;
    profile.set_text(std::move(text));
    ASSERT_TRUE(site_.Wait(profiles_->Save(Member(name), std::move(profile))).ok());
  }
  void KeepFile(std::string_view name, std::string path, std::string content) {
    ProgramFiles files;
    ProgramFiles::File& directory = *files.add_files();
    directory.set_path("folder");
    directory.set_directory(true);
    ProgramFiles::File& file = *files.add_files();
    file.set_path(std::move(path));
    file.set_content(std::move(content));
    ASSERT_TRUE(site_.Wait(profiles_->Note(Member(name), std::move(files), nullptr)).ok());
  }

  ScratchFolder folder_;
  FakeBank bank_;
  FakeSite site_;
  UnstoredRuns unstored_{site_.loop()};
  std::unique_ptr<Profiles> profiles_;
  std::unique_ptr<Social> social_;
  std::unique_ptr<ProgramApi> api_;
  ProgramRun run_ = RunOf("alice");
};

constexpr const char* kDone = R"({"value":null})";

// ---- members and zoobars

TEST_F(ProgramApiTest, ItSaysWhoseProgramItIsAndWhoLooks) {
  EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"value":"alice"})");
  EXPECT_EQ(Ask(R"({"call":"get_visitor"})"), R"({"value":"bob"})");
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
                             : R"({"error":"get_user_info: username: a member's name is wanted, not nothing"})");
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
  bank_.journal = {Entry("alice", "bob", 3), Entry("bob", "alice", 1), Entry("", "alice", 10)};
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"alice"})"),
            R"({"value":[{"sender":"alice","recipient":"bob","amount":3,"time":"Wed Nov 25 07:30:44 2026"},)"
            R"({"sender":"bob","recipient":"alice","amount":1,"time":"Wed Nov 25 07:30:44 2026"}]})");
  EXPECT_EQ(bank_.journal_asked.member(), Member("alice"));
  EXPECT_EQ(bank_.journal_asked.limit(), 100u);
  EXPECT_EQ(Ask(R"({"call":"get_xfers","username":"dave"})"), R"({"error":"nobody here has the name dave"})");
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
            R"({"error":"alice has not let this program pay: saving it again would"})");
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
      {TransferReply::OUTCOME_NOT_POSITIVE, "from 1 up"},
      {TransferReply::OUTCOME_OVERDRAFT, "alice has only 7 zoobars"},
      {TransferReply::OUTCOME_OVERFLOW, "bob cannot hold so many"},
      {TransferReply::OUTCOME_UNKNOWN_RECIPIENT, "nobody here has the name bob"},
      {TransferReply::OUTCOME_SELF, "its own owner"},
      {TransferReply::OUTCOME_NO_ACCOUNT, "alice has no account"},
      {TransferReply::OUTCOME_ACT_REUSED, "did not carry out"},
      {TransferReply::OUTCOME_OVER_HOUR, "at most 20 zoobars within an hour"},
      {TransferReply::OUTCOME_OVER_RECIPIENT, "at most 10 zoobars to one member"},
      {TransferReply::OUTCOME_TOO_MANY, "1000 at once and then 3600 an hour. Try again in 2 seconds"},
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
  bank_.journal = {Entry("bob", "alice", 1)};
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
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"bob"})"), fmt::format(R"({{"value":{}}})", kNow));
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

// ---- hostile requests

TEST_F(ProgramApiTest, WhatIsNoCallAtAllEndsTheRun) {
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

TEST_F(ProgramApiTest, AWrongCallIsRefusedInWords) {
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
      {R"({"call":"get_user_info","username":7})", "username: text is wanted"},
      {R"({"call":"get_user_info","username":["bob"]})", "username: text is wanted"},
      {R"({"call":"get_user_info","username":{"call":"get_self"}})", "username: text is wanted"},
      {R"({"call":"get_user_info","username":")" + std::string(129, 'x') + "\"}", "at most 128 bytes, not 129"},
      {R"({"call":"get_visits","limit":0})", "limit: a whole number from 1 to 100 is wanted"},
      {R"({"call":"get_visits","limit":101})", "limit: a whole number from 1 to 100 is wanted"},
      {R"({"call":"get_visits","limit":true})", "limit: a whole number from 1 to 100 is wanted"},
      {R"({"call":"open_wall","to":"bob"})", "a list of members' names is wanted, or the word \\\"everybody\\\""},
      {R"({"call":"open_wall","to":["bob",7]})", "a list of members' names is wanted"},
      {R"({"call":"open_wall","to":["bob",["carol"]]})", "a list of members' names is wanted"},
      {R"({"call":"open_wall","to":["bob","dave"]})", "nobody here has the name dave"},
      {R"({"call":"open_wall","to":[""]})", "a member's name is wanted, not nothing"},
      {R"({"call":"post","text":""})", "the text is empty"},
      {R"({"call":"post","text":")" + std::string(1001, 'x') + "\"}", "at most 1000 bytes of UTF-8, not 1001"},
      {R"({"call":"post","text":"a\u0000b"})", "control characters"},
      {R"({"call":"post","text":"a\u007fb"})", "control characters"},
      {R"({"call":"share_file","path":"../x","to":[]})", "plain path"},
      {R"({"call":"share_file","path":"//x","to":[]})", "plain path"},
      {R"({"call":"share_file","path":"","to":[]})", "plain path"},
      {R"({"call":"share_file","path":")" + std::string(256, 'x') + R"(","to":[]})", "at most 255 bytes, not 256"},
      {R"({"call":"remove_post","number":0})", "a whole number from 1 up"},
  };
  for (const auto& [request, reason] : wrong) {
    const std::string reply = Ask(request);
    EXPECT_THAT(reply, StartsWith(R"({"error":")")) << request;
    EXPECT_THAT(reply, HasSubstr(reason)) << request;
  }
}

TEST_F(ProgramApiTest, DepthAndNumberOfArgumentsCostNothing) {
  const std::string deep =
      R"({"call":"get_user_info","username":)" + std::string(30000, '[') + std::string(30000, ']') + "}";
  EXPECT_THAT(Ask(deep), HasSubstr("text is wanted"));
  std::string many = R"({"call":"get_self")";
  for (int i = 0; many.size() < 65000; ++i) many += fmt::format(R"(,"{}":0)", i);
  EXPECT_THAT(Ask(many + "}"), HasSubstr("takes no arguments"));
  std::string names = R"({"call":"open_wall","to":[""])";
  names.pop_back();
  for (int i = 0; i < 20000; ++i) names += R"(,"")";
  EXPECT_THAT(Ask(names + "]}"), HasSubstr("at most 50 names, not 20001"));
}

TEST_F(ProgramApiTest, PastItsLimitARunIsRefusedAndAtLastEnded) {
  site_.settings.mutable_profile()->set_api_calls_per_run(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"value":"alice"})");
  for (std::uint32_t i = 0; i < ProgramLimits::kCallsRefused; ++i)
    EXPECT_EQ(Ask(R"({"call":"get_self"})"), R"({"error":"a run may make at most 3 calls"})");
  EXPECT_EQ(Ask(R"({"call":"get_self"})"), "!it went on calling after its limit of 3 calls");
  EXPECT_EQ(AskAs("alice", R"({"call":"get_self"})"), R"({"value":"alice"})") << "the next run begins anew";
}

TEST_F(ProgramApiTest, RefusedCallsCountToo) {
  site_.settings.mutable_profile()->set_api_calls_per_run(1);
  EXPECT_THAT(Ask(R"({"call":"nonsense"})"), HasSubstr("there is no call"));
  EXPECT_THAT(Ask(R"({"call":"get_self"})"), HasSubstr("at most 1 calls"));
}

TEST_F(ProgramApiTest, ACallWaitsForATurnOfTheLoop) {
  // Two runs that ask without pause are answered in turn, not one after the other.
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

TEST_F(ProgramApiTest, TheLargestSourceOfTheDefaultLimitFitsIntoAReply) {
  SaveText("bob", std::string(65536, '\x01'));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), StartsWith(R"({"value":{"username":"bob")"));
  SaveText("bob", std::string(100000, '\x01'));
  EXPECT_THAT(Ask(R"({"call":"get_user_info","username":"bob"})"), HasSubstr("at most 524288 are sent"));
}

TEST_F(ProgramApiTest, EveryMethodInPythonIsACallThatThereIs) {
  const std::string prelude = kPrelude;
  const std::regex calls("def ([a-z_]+)\\(self[^)]*\\):\n        return self\\.call\\(\"([a-z_]+)\"");
  int found = 0;
  for (std::sregex_iterator at(prelude.begin(), prelude.end(), calls), end; at != end; ++at, ++found) {
    EXPECT_EQ((*at)[1], (*at)[2]);
    EXPECT_THAT(AskAs("alice", fmt::format(R"({{"call":"{}"}})", (*at)[2].str())), Not(HasSubstr("there is no call")));
  }
  EXPECT_EQ(found, 19);
}

// ---- what members open to each other

TEST_F(ProgramApiTest, VisitsAreReadWhereTheyAreShared) {
  for (const char* visitor : {"bob", "carol"})
    ASSERT_TRUE(
        site_.Wait(social_->RecordVisit(Member("alice"), Member(visitor), visitor, kNow + (*visitor == 'c'))).ok());
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

TEST_F(ProgramApiTest, AProgramSpeaksForItsOwnerWhoeverLooks) {
  AskAs("carol", R"({"call":"open_wall","to":["bob"]})");
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"carol"})"),
            R"({"error":"carol has not opened the wall to alice"})")
      << "the visitor, bob, might";
  AskAs("carol", R"({"call":"open_wall","to":["alice"]})");
  EXPECT_EQ(Ask(R"({"call":"post","text":"hi","username":"carol"})"), fmt::format(R"({{"value":{}}})", kNow));
  EXPECT_EQ(AskAs("carol", R"({"call":"get_wall"})"),
            fmt::format(R"({{"value":[{{"number":{},"author":"alice","text":"hi",)"
                        R"("time":"Wed Nov 25 07:30:44 2026","seconds":1795591844.0}}]}})",
                        kNow));
}

TEST_F(ProgramApiTest, APostIsRemovedByItsAuthorOrTheWallsOwner) {
  AskAs("carol", R"({"call":"open_wall","to":"everybody"})");
  Ask(R"({"call":"post","text":"one","username":"carol"})");
  Ask(R"({"call":"post","text":"two","username":"carol"})");
  const std::string first = std::to_string(kNow), second = std::to_string(kNow + 1);
  EXPECT_EQ(AskAs("bob", R"({"call":"remove_post","username":"carol","number":)" + first + "}"),
            R"({"error":"there is no post )" + first + R"( on the wall of carol that bob may remove"})");
  EXPECT_EQ(Ask(R"({"call":"remove_post","username":"carol","number":)" + first + "}"), kDone);
  EXPECT_EQ(AskAs("carol", R"({"call":"remove_post","number":)" + second + "}"), kDone);
  EXPECT_EQ(AskAs("carol", R"({"call":"get_wall"})"), R"({"value":[]})");
}

TEST_F(ProgramApiTest, MessagesArriveWhereTheyAreAccepted) {
  EXPECT_EQ(Ask(R"({"call":"send_message","to":"bob","text":"psst"})"),
            R"({"error":"bob does not accept messages from alice"})");
  EXPECT_EQ(AskAs("bob", R"({"call":"accept_messages","senders":["alice"]})"), kDone);
  EXPECT_EQ(Ask(R"({"call":"send_message","to":"bob","text":"psst"})"), kDone);
  const std::string number = std::to_string(kNow);
  EXPECT_THAT(AskAs("bob", R"({"call":"get_messages"})"),
              StartsWith(R"({"value":[{"number":)" + number + R"(,"sender":"alice","text":"psst",)"));
  EXPECT_EQ(Ask(R"({"call":"get_messages"})"), R"({"value":[]})");
  EXPECT_EQ(Ask(R"({"call":"remove_message","number":)" + number + "}"),
            R"({"error":"there is no message )" + number + R"("})");
  EXPECT_EQ(AskAs("bob", R"({"call":"remove_message","number":)" + number + "}"), kDone);
  EXPECT_EQ(AskAs("bob", R"({"call":"get_messages"})"), R"({"value":[]})");
}

TEST_F(ProgramApiTest, AFileIsHandedToThoseItIsSharedWith) {
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

TEST_F(ProgramApiTest, ASharedFileIsReadAfterTheRunThatWroteItIsStored) {
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

TEST_F(ProgramApiTest, ASharedFileIsHandedOutUpToItsLimit) {
  Ask(R"({"call":"share_file","path":"big","to":"everybody"})");
  const std::string ask = R"({"call":"get_shared","username":"alice","path":"big"})";
  KeepFile("alice", "big", std::string(ProgramLimits::kSharedFileBytes, 'x'));
  EXPECT_THAT(AskAs("bob", ask), StartsWith(R"({"base64":"eHh4)"));
  KeepFile("alice", "big", std::string(ProgramLimits::kSharedFileBytes + 1, 'x'));
  EXPECT_EQ(AskAs("bob", ask), R"({"error":"big has 262145 bytes; a shared file is handed out up to 262144"})");
}

TEST_F(ProgramApiTest, SharedFilesAreCounted) {
  for (std::size_t i = 0; i < ProgramLimits::kSharedFiles; ++i)
    EXPECT_EQ(Ask(fmt::format(R"({{"call":"share_file","path":"f{}","to":["bob"]}})", i)), kDone);
  EXPECT_EQ(Ask(R"({"call":"share_file","path":"more","to":["bob"]})"),
            R"({"error":"at most 16 files can be shared"})");
}

TEST_F(ProgramApiTest, ItTellsWhatItsOwnerHasOpened) {
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

TEST_F(ProgramApiTest, AListHoldsSoManyNamesAndNoMore) {
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

TEST_F(ProgramApiTest, TheFullestWallFitsIntoAReply) {
  const std::string name(128, '"'), text(1000, '"');
  for (std::size_t i = 0; i < ProgramLimits::kPostsKept; ++i) {
    StoredPost post;
    post.mutable_author()->set_id(Member("alice"));
    post.mutable_author()->set_name(name);
    post.set_text(text);
    post.set_time_ms(kNow);
    ASSERT_TRUE(site_.Wait(social_->Add(Social::Place::kWall, Member("alice"), std::move(post), true)).ok());
  }
  EXPECT_THAT(Ask(R"({"call":"get_wall","limit":100})"), StartsWith(R"({"value":[{"number":)"));
}

}  // namespace
}  // namespace zoobar
