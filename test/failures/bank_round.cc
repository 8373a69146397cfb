// bank: accounts, transfers, a payment in a visit, an offer, and what reads them. Every act has an id, so the caller may
// repeat it. After each round all acts are repeated, and then everybody has exactly what they would have had without a
// failure.
#include <gmock/gmock.h>

#include "failures/scenarios.h"
#include "roles/bank/fixture.h"

namespace zoobar::failures {
namespace {

// What the bank has answered to an act.
enum class BankAnswer { kDone, kRepeated, kNoRoom, kRefused, kError };

class BankWorker : public BankTest {
 public:
  BankWorker() { rmdir(folder_.path().c_str()); }  // it has the round's folder, and may die
  void TestBody() override {}
  ~BankWorker() override { TearDown(); }

  // Opens the bank of this folder, as BankTest::Restart does with its own.
  void Begin(const std::string& folder) {
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    site_->settings.mutable_bank()->set_initial_zoobars(10);
    site_->settings.mutable_store()->set_map_bytes(1 << 16);
    bank_ = std::make_unique<Bank>(*site_, folder, [this] { return now_; });
    const Pause pause;
    app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
    profile_ = site_->CallAs(ROLE_PROFILE, ROLE_BANK);
    admin_ = site_->CallAs(ROLE_ADMIN, ROLE_BANK);
  }

  struct Act {
    std::string name;
    std::function<BankAnswer()> ask;
  };
  // All acts, in an order in which each can succeed.
  std::vector<Act> Acts() {
    std::vector<Act> acts;
    for (const char* name : {"dave", "erin"})
      acts.push_back({std::string("open ") + name, [this, name] { return AskToOpen(name); }});
    for (const auto& [from, to, zoobars] :
         {std::tuple("alice", "bob", 3), {"bob", "alice", 1}, {"alice", "dave", 2}, {"carol", "alice", 4}}) {
      const std::string submission = fmt::format("{} to {}", from, to);
      acts.push_back({submission, [this, submission, from = from, to = to, zoobars = zoobars] {
                        return AnswerTo<TransferReply>(*app_, Asking(from, to, zoobars, submission));
                      }});
    }
    acts.push_back({"visit", [this] { return AskToSpend(); }});
    acts.push_back({"offer", [this] { return AskToOffer(); }});
    acts.push_back({"accept", [this] { return AskToAccept(); }});
    return acts;
  }
  void ExpectFinalBalances() {
    for (const auto& [name, zoobars] : {std::pair("alice", 5), {"bob", 17}, {"carol", 6}, {"dave", 12}, {"erin", 10}}) {
      EXPECT_EQ(Balance(name), zoobars) << name;
    }
  }
  using BankTest::Open;
  using BankTest::Verified;

  // What reads. An answer must be right; no answer is no fault.
  void ReadAll(Round& round) {
    BalancesRequest balances;
    balances.add_members(Member("alice"));
    const auto found = Call<BalancesReply>(balances);
    if (found.ok() && (found->message.balances_size() != 1 || !found->message.balances(0).found()))
      round.Complain("alice has no account any more");
    JournalRequest journal;
    journal.set_member(Member("alice"));
    journal.set_limit(100);
    const auto entries = Call<JournalReply>(journal);
    if (entries.ok() && entries->message.entries_size() == 0) round.Complain("alice's journal is empty");
    FindRequest find;
    find.add_names("bob");
    const auto bob = site_->Wait(profile_->Call<FindReply>(find));
    if (bob.ok() && (bob->message.found_size() != 1 || bob->message.found(0).member() != Member("bob")))
      round.Complain("bob is not found any more");
    OffersRequest offers;
    offers.set_member(Member("bob"));
    (void)Call<OffersReply>(offers);
    StatementRequest statement;
    statement.set_member(Member("alice"));
    statement.set_size(3);
    statement.set_limit(100);
    (void)Call<StatementReply>(statement);
    const auto verified = site_->Wait(admin_->Call<VerifyReply>(VerifyRequest()));
    if (verified.ok() && !verified->message.sound()) round.Complain("verify: " + verified->message.faults(0));
  }

 private:
  static BankAnswer Of(TransferReply::Outcome outcome, bool repeated) {
    if (outcome == TransferReply::OUTCOME_NO_ROOM) return BankAnswer::kNoRoom;
    if (outcome != TransferReply::OUTCOME_SENT) return BankAnswer::kRefused;
    return repeated ? BankAnswer::kRepeated : BankAnswer::kDone;
  }
  template <typename Reply, typename Request>
  BankAnswer AnswerTo(Channel& channel, Request request) {
    const auto reply = site_->Wait(channel.Call<Reply>(std::move(request)));
    if (!reply.ok()) return BankAnswer::kError;
    entry_ = reply->message.entry();
    return Of(reply->message.outcome(), reply->message.repeated_act());
  }
  BankAnswer AskToOpen(std::string_view name) {
    OpenAccountRequest request;
    *request.mutable_ticket() = TicketFor(name, kOpenAccountMethod, OpenAccountDigest(), ActId("", ""));
    const auto reply = Call<OpenAccountReply>(std::move(request));
    if (!reply.ok()) return BankAnswer::kError;
    switch (reply->message.outcome()) {
      case OpenAccountReply::OUTCOME_OPENED:
        return BankAnswer::kDone;
      case OpenAccountReply::OUTCOME_EXISTS:
        return BankAnswer::kRepeated;
      case OpenAccountReply::OUTCOME_NO_ROOM:
        return BankAnswer::kNoRoom;
      default:
        return BankAnswer::kRefused;
    }
  }
  // alice's program pays bob 2 zoobars when bob looks at it.
  BankAnswer AskToSpend() {
    SpendRequest visit;
    const SpendingLimits limits = Limits(20, 10);
    *visit.mutable_ticket() =
        TicketFor("alice", kSpendMethod, SpendDigest(Member("bob"), limits), ActId(Member("alice"), "a visit"));
    visit.set_visitor(Member("bob"));
    *visit.mutable_limits() = limits;
    return AnswerTo<TransferReply>(*profile_, Paying(visit, 1, "bob", 2));
  }
  // alice offers bob 3 zoobars.
  BankAnswer AskToOffer() {
    OfferRequest request;
    *request.mutable_ticket() =
        TicketFor("alice", kOfferMethod, OfferDigest(Member("bob"), 3, 7, "lunch"), ActId(Member("alice"), "an offer"));
    request.set_recipient(Member("bob"));
    request.set_zoobars(3);
    request.set_days(7);
    request.set_note("lunch");
    const BankAnswer answer = AnswerTo<TransferReply>(*app_, std::move(request));
    offer_ = answer == BankAnswer::kDone || answer == BankAnswer::kRepeated ? entry_ : 0;
    return answer;
  }
  BankAnswer AskToAccept() {
    if (offer_ == 0) return BankAnswer::kError;
    SettleRequest request;
    *request.mutable_ticket() =
        TicketFor("bob", kSettleMethod, SettleDigest(offer_, OFFER_END_ACCEPT), ActId(Member("bob"), "an end"));
    request.set_offer(offer_);
    request.set_end(OFFER_END_ACCEPT);
    const auto reply = Call<SettleReply>(std::move(request));
    if (!reply.ok()) return BankAnswer::kError;
    const bool ended = reply->message.outcome() == SettleReply::OUTCOME_ENDED;
    if (reply->message.outcome() == SettleReply::OUTCOME_NO_ROOM) return BankAnswer::kNoRoom;
    return !ended ? BankAnswer::kRefused : reply->message.repeated_act() ? BankAnswer::kRepeated : BankAnswer::kDone;
  }

  std::shared_ptr<Channel> admin_;
  std::uint64_t entry_ = 0, offer_ = 0;
};

// The worker itself is the test's own.
std::unique_ptr<BankWorker> NewBankWorker() {
  const Pause pause;
  return std::make_unique<BankWorker>();
}

class BankScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    const auto owned = NewBankWorker();
    BankWorker& worker = *owned;
    worker.Begin(round.folder());
    for (const char* name : {"alice", "bob", "carol"}) worker.Open(name);
  }

  void Work(Round& round) override {
    const auto owned = NewBankWorker();
    BankWorker& worker = *owned;
    worker.Begin(round.folder());
    for (const auto& act : worker.Acts()) {
      switch (act.ask()) {
        case BankAnswer::kDone:
          round.Acknowledge("done " + act.name);
          break;
        case BankAnswer::kNoRoom:
          round.Acknowledge("no room " + act.name);
          break;
        case BankAnswer::kRefused:  // rightly, if dave's account could not be opened
          if (!act.name.ends_with(" dave") || round.acknowledged("done open dave"))
            round.Complain(act.name + " is refused");
          break;
        case BankAnswer::kRepeated:  // a call that was repeated by itself
        case BankAnswer::kError:
          break;
      }
    }
    worker.ReadAll(round);
    round.Recover();
    AskForAll(round, worker, [&](const std::string& what) { round.Complain("when nothing fails any more, " + what); });
    round.End();
  }

  void Check(Round& round) override {
    const auto owned = NewBankWorker();
    BankWorker& worker = *owned;
    worker.Begin(round.folder());
    EXPECT_TRUE(worker.Verified().sound());
    AskForAll(round, worker, [](const std::string& what) { ADD_FAILURE() << what; });
    const VerifyReply verified = worker.Verified();
    EXPECT_TRUE(verified.sound()) << (verified.faults_size() > 0 ? verified.faults(0) : "");
    EXPECT_EQ(verified.accounts(), 5u);
    EXPECT_EQ(verified.entries(), 5u + 4 + 1 + 2);
    worker.ExpectFinalBalances();
  }

 private:
  // Asks for all acts again, and compares the answers with those of before.
  static void AskForAll(Round& round, BankWorker& worker, const std::function<void(const std::string&)>& complain) {
    for (const auto& act : worker.Acts()) {
      const BankAnswer answer = act.ask();
      if (answer != BankAnswer::kDone && answer != BankAnswer::kRepeated) complain(act.name + " is not done");
      if (round.acknowledged("done " + act.name) && answer != BankAnswer::kRepeated)
        complain(act.name + " was acknowledged, and is not there");
      if (round.acknowledged("no room " + act.name) && answer == BankAnswer::kRepeated &&
          !round.acknowledged("done " + act.name))
        complain(act.name + " was answered with \"no room\", and is there");
      round.Acknowledge("done " + act.name);
    }
  }
};

}  // namespace

std::unique_ptr<Scenario> BankRound() { return std::make_unique<BankScenario>(); }

}  // namespace zoobar::failures
