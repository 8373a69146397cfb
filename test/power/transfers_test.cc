// bank and notary: 200 transfers and the heads that notary signs meanwhile.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "journal/checkpoint.h"
#include "power/cuts.h"
#include "roles/bank.h"
#include "roles/notary.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/heads.h"
#include "store/scratch.h"

namespace zoobar::power {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::size_t kMembers = 8, kTransfers = 200, kAtOnce = 5, kHeads = 4;
// The steps of the work: first each member's account, then the transfers, then the heads.
constexpr std::size_t kFirstTransfer = kMembers, kFirstHead = kFirstTransfer + kTransfers;
constexpr std::int64_t kInitial = 100;

std::string PayerName(std::size_t member) { return fmt::format("member {}", member); }

std::string PayerId(std::size_t member) {
  std::string id = PayerName(member);
  id.resize(kMemberIdSize, '.');
  return id;
}

struct Payment {
  std::size_t from, to;
  std::int64_t zoobars;
  std::string act;
};

Payment PaymentOf(std::size_t step) {
  const std::size_t number = step - kFirstTransfer, from = number % kMembers;
  const std::size_t to = (from + 1 + number / kMembers % (kMembers - 1)) % kMembers;
  return {from, to, static_cast<std::int64_t>(1 + number % 3), ActId(PayerId(from), fmt::format("form {}", number))};
}

std::string OpeningAct(std::size_t member) { return ActId(PayerId(member), "open"); }

Config::Store PaymentSizes() {
  Config::Store sizes;
  sizes.set_map_bytes(256 << 10);  // small, so that the map grows during the work too
  sizes.set_max_map_bytes(16 << 20);
  return sizes;
}

// The roles at work, each with its store below `folder`.
class BankAndNotary {
 public:
  BankAndNotary(const std::string& folder, Recorder& recorder) : recorder_(recorder) {
    bank_site_.ticket_keys[ROLE_BANK] = Bytes(kTicketKeySize, 'k');
    bank_site_.settings.mutable_bank()->set_initial_zoobars(kInitial);
    *bank_site_.settings.mutable_store() = PaymentSizes();
    bank_ = std::make_unique<Bank>(bank_site_, folder + "/bank", [] { return kNow; });
    app_ = bank_site_.CallAs(ROLE_APP, ROLE_BANK);
    notary_site_.settings.mutable_notary()->set_sign_seconds(100'000);
    *notary_site_.settings.mutable_store() = PaymentSizes();
    notary_ = std::make_unique<Notary>(notary_site_, folder + "/notary", [] { return kNow; });
    notary_site_.Connect(ROLE_NOTARY, ROLE_BANK, bank_site_.service());
    app_of_notary_ = notary_site_.CallAs(ROLE_APP, ROLE_NOTARY);
  }
  ~BankAndNotary() {
    app_of_notary_.reset();
    notary_.reset();
    app_.reset();
    bank_.reset();
  }

  void OpenAccount(std::size_t member) {
    OpenAccountRequest request;
    *request.mutable_ticket() = TicketOf(member, kOpenAccountMethod, OpenAccountDigest(), OpeningAct(member));
    recorder_.Mark(Mark::kBegun, member);
    const auto reply = bank_site_.Wait(app_->Call<OpenAccountReply>(std::move(request)));
    ASSERT_TRUE(reply.ok() && reply->message.outcome() == OpenAccountReply::OUTCOME_OPENED);
    recorder_.Mark(Mark::kAcknowledged, member);
  }
  // Sends these transfers in one turn of the loop, so that some of them share a commit.
  void TransferAll(std::size_t first, std::size_t count) {
    std::size_t answered = 0;
    const auto send = [&](std::size_t step) -> Task<void> {
      const Payment payment = PaymentOf(step);
      TransferRequest request;
      *request.mutable_ticket() =
          TicketOf(payment.from, kTransferMethod, TransferDigest(PayerId(payment.to), payment.zoobars), payment.act);
      request.set_recipient(PayerId(payment.to));
      request.set_zoobars(payment.zoobars);
      recorder_.Mark(Mark::kBegun, step);
      auto transfer = app_->Call<TransferReply>(std::move(request));
      const Result<Incoming<TransferReply>> reply = co_await transfer;
      EXPECT_TRUE(reply.ok() && reply->message.outcome() == TransferReply::OUTCOME_SENT);
      recorder_.Mark(Mark::kAcknowledged, step);
      ++answered;
    };
    for (std::size_t step = first; step < first + count; ++step) Spawn(send(step));
    bank_site_.RunUntil([&] { return answered == count; });
  }
  // Returns the size of the signed head.
  std::uint64_t SignHead(std::size_t step, std::uint64_t entries) {
    CheckpointRequest request;
    request.set_at_least(entries);
    recorder_.Mark(Mark::kBegun, step);
    const auto reply = notary_site_.Wait(app_of_notary_->Call<CheckpointReply>(std::move(request)));
    if (!reply.ok()) return 0;
    recorder_.Mark(Mark::kAcknowledged, step);
    key = reply->message.key();
    return reply->message.size();
  }

  std::string key;  // of the heads, as text

 private:
  static Ticket TicketOf(std::size_t member, std::string_view method, std::string digest, std::string id) {
    TicketBody body;
    body.set_member(PayerId(member));
    body.set_name(PayerName(member));
    body.set_audience(ROLE_BANK);
    body.set_method(std::string(method));
    body.set_digest(std::move(digest));
    body.set_id(std::move(id));
    body.set_expires_ms(kNow + kTicketLifetimeMs);
    return MakeTicket(Bytes(kTicketKeySize, 'k'), body);
  }

  Recorder& recorder_;
  FakeSite bank_site_, notary_site_;
  std::unique_ptr<Bank> bank_;
  std::unique_ptr<Notary> notary_;
  std::shared_ptr<Channel> app_, app_of_notary_;
};

struct Payments {
  Recording recording;
  std::string key;
  std::vector<std::uint64_t> heads;  // the sizes of the heads, by their number
};

void DoPayments(Payments& done) {
  const FastFolder folder;
  for (const char* name : {"/bank", "/notary"}) std::filesystem::create_directory(folder.path() + name);
  SeedRandomNumbers();
  Recorder recorder(folder.path());
  {
    BankAndNotary roles(folder.path(), recorder);
    for (std::size_t member = 0; member < kMembers; ++member) roles.OpenAccount(member);
    std::size_t sent = 0;
    for (std::size_t head = 0; head < kHeads; ++head) {
      for (; sent < kTransfers * (head + 1) / (kHeads + 1); ++sent) roles.TransferAll(kFirstTransfer + sent, 1);
      done.heads.push_back(roles.SignHead(kFirstHead + head, kMembers + sent));
      ASSERT_EQ(done.heads.back(), kMembers + sent);
    }
    for (std::size_t count; sent < kTransfers; sent += count) {
      count = std::min(kAtOnce, kTransfers - sent);
      roles.TransferAll(kFirstTransfer + sent, count);
    }
    done.key = roles.key;
  }
  done.recording = recorder.Stop();
}

std::string FaultsOf(Loop& loop, Ledger& ledger) {
  const Result<Ledger::Audit> audit = WaitFor(loop, ledger.Verify());
  if (!audit.ok()) return audit.error().text;
  return audit->sound() ? "" : "the journal: " + audit->faults.front();
}

// Every act that was answered is in the journal, and nothing else is than what was asked for.
std::string WrongActs(Ledger& ledger, const Seen& seen) {
  return *ledger.environment().Read([&](ReadTransaction& tx) -> Result<std::string> {
    const Table acts = ledger.environment().table("acts"), journal = ledger.environment().table("journal");
    std::size_t found = 0;
    for (std::size_t step = 0; step < kFirstHead; ++step) {
      const bool opening = step < kFirstTransfer;
      const std::string act = opening ? OpeningAct(step) : PaymentOf(step).act;
      const auto number = tx.Get(acts, act);
      if (!number && seen.Acknowledged(step)) return fmt::format("step {} was answered and is lost", step);
      if (!number) continue;
      if (!seen.Begun(step)) return fmt::format("step {} is there and was never asked for", step);
      ++found;
      StoredEntry entry;
      if (!tx.GetMessage(journal, std::string(*number), &entry)) return fmt::format("step {} has no entry", step);
      const Payment payment = opening ? Payment{step, step, kInitial, act} : PaymentOf(step);
      if (entry.act() != act || entry.zoobars() != payment.zoobars || entry.recipient() != PayerId(payment.to) ||
          (!opening && entry.sender() != PayerId(payment.from))) {
        return fmt::format("the entry of step {} is another one", step);
      }
    }
    const std::uint64_t entries = tx.Count(journal);
    return entries == found ? "" : fmt::format("{} entries are of {} acts", entries, found);
  });
}

// bank goes on: an answered act that is asked for again moves nothing, and a new one moves.
std::string CannotGoOn(Loop& loop, Ledger& ledger, const Seen& seen) {
  const auto send = [&](std::size_t step, std::string act) {
    const Payment payment = PaymentOf(step);
    return WaitFor(loop, ledger.Send({.sender = PayerId(payment.from),
                                      .recipient = PayerId(payment.to),
                                      .act = std::move(act),
                                      .zoobars = payment.zoobars,
                                      .time_ms = kNow}));
  };
  std::size_t last = 0;
  for (const std::size_t step : seen.acknowledged) last = step >= kFirstTransfer && step < kFirstHead ? step : last;
  if (last == 0) return "";
  const auto again = send(last, PaymentOf(last).act);
  if (!again.ok()) return again.error().text;
  if (!again->repeated_act) return fmt::format("step {} moved zoobars twice", last);
  const auto fresh = send(last, ActId(PayerId(0), "after the cut"));
  if (!fresh.ok()) return fresh.error().text;
  if (fresh->outcome != Ledger::Judgement::Outcome::kSent || fresh->repeated_act) return "a new transfer is refused";
  return FaultsOf(loop, ledger);
}

// notary has signed no more than bank has, and nothing else.
std::string WrongHead(Loop& loop, Ledger& ledger, const std::string& folder, const Payments& done, const Seen& seen) {
  const auto store = HeadStore::Open(loop, folder + "/notary", PaymentSizes());
  if (!store.ok()) return store.error().text;
  const Result<StoredHead> last = (*store)->Last();
  if (!last.ok()) return last.error().text;
  std::uint64_t promised = 0;
  for (std::size_t head = 0; head < kHeads; ++head) {
    if (seen.Acknowledged(kFirstHead + head)) promised = done.heads[head];
  }
  if (last->size() < promised) return fmt::format("the head of {} entries was given out and is lost", promised);
  const auto key = (*store)->TakeKey();
  if (!key.ok()) return key.error().text;
  if (promised > 0 && journal::SigningKey(key->name, key->seed).open().Text() != done.key)
    return "notary has another key";
  if (last->size() == 0) return "";
  const auto head = ledger.TreeHead(last->size(), 0);
  if (!head.ok()) return head.error().text;
  if (head->size < last->size()) return fmt::format("notary signed {} entries, bank has {}", last->size(), head->size);
  return head->old_root.text() == last->root() ? "" : "notary signed another history";
}

Check PaymentsCheck(const Payments& done) {
  return [&done](const std::string& folder, const Seen& seen) -> std::string {
    Loop loop;
    auto ledger = Ledger::Open(loop, folder + "/bank", PaymentSizes());
    if (!ledger.ok()) return ledger.error().text;
    std::string wrong = FaultsOf(loop, **ledger);
    if (wrong.empty()) wrong = WrongActs(**ledger, seen);
    if (wrong.empty()) wrong = WrongHead(loop, **ledger, folder, done, seen);
    if (wrong.empty()) wrong = CannotGoOn(loop, **ledger, seen);
    return wrong;
  };
}

TEST(PowerCuts, AnsweredTransfersAndSignedHeadsSurvive) {
  Payments done;
  DoPayments(done);
  ExpectAllOpen(done.recording, {.work = "transfers", .sample = 500, .all_until = 40}, PaymentsCheck(done));
}

// The test can fail: a disk that forgets what it has promised is found out.
TEST(PowerCuts, ALostFlushIsFound) {
  Payments done;
  DoPayments(done);
  const Check check = PaymentsCheck(done);
  ExpectSomeWrong(done.recording, {.work = "no-fdatasync", .promises = {.files = false}}, check);
  ExpectSomeWrong(done.recording, {.work = "no-fsync-of-the-folder", .promises = {.folders = false}}, check);
  ExpectSomeWrong(done.recording, {.work = "no-dsync", .promises = {.synchronous = false}}, check);
}

}  // namespace
}  // namespace zoobar::power
