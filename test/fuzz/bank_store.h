// bank's store, as AnyStore.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fuzz/any_store.h"
#include "ipc/try.h"
#include "ledger/ledger.h"

namespace zoobar {

class BankStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto ledger, Ledger::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new BankStore(loop, std::move(ledger)));
  }
  Environment& environment() override { return ledger_->environment(); }
  std::vector<std::string> tables() const override {
    return {"accounts", "journal", "by_member", "acts",     "spending", "names",
            "totals",   "tree",    "offers",    "expiring", "corrected"};
  }
  void Populate() override {
    for (const char* name : kNames) OpenAccount(name);
    for (int i = 0; i < 20; ++i) Pay("pay" + std::to_string(i), "alice", "bob", 1);
    Ledger::Transfer spend = Transfer("spend", "bob", "carol", 2);
    spend.program = {.visitor = Member("carol"), .per_hour = 20, .per_recipient = 10};
    std::ignore = Wait(ledger_->Send(spend));
    Offer("offer1");
    Offer("offer2");
    Correct(5);
  }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    for (const char* name : kNames) {
      const std::string member = Member(name);
      reads.push_back(Made<std::vector<std::optional<std::int64_t>>>(
          "balance", {{"accounts", member}}, ledger_->Balances({member}),
          [](const auto& all) { return all[0] ? std::to_string(*all[0]) : "none"; }));
      reads.push_back(Made<std::optional<StoredBankAccount>>(
          "account", {{"accounts", member}}, ledger_->Account(member),
          [](const auto& one) { return one ? one->SerializeAsString() : "none"; }));
      reads.push_back(Made<std::vector<Ledger::Holder>>("find", {{"names", name}, {"accounts", ""}},
                                                        ledger_->Find({name}),
                                                        [](const auto& all) { return all[0].member; }));
      reads.push_back(Made<Ledger::Page>("journal", {{"by_member", ""}, {"journal", ""}, {"accounts", ""}},
                                         ledger_->Journal(member, 0, 100), [](const auto& page) {
                                           std::string text;
                                           for (const auto& line : page.lines)
                                             text += fmt::format("{} {} {};", line.number, line.sender, line.zoobars);
                                           return text;
                                         }));
      reads.push_back(Made<std::vector<Ledger::Numbered>>("offers", {{"offers", ""}, {"journal", ""}},
                                                          ledger_->Offers(member), [](const auto& all) {
                                                            std::string text;
                                                            for (const auto& one : all)
                                                              text += std::to_string(one.number) + " ";
                                                            return text;
                                                          }));
      Ledger::StatementAsk ask{.member = member, .limit = 100};
      ask.size = kEntries;
      reads.push_back(Made<Ledger::StatementPart>(
          "statement", {{"by_member", ""}, {"journal", ""}, {"accounts", ""}, {"tree", ""}},
          Wait(ledger_->Statement(ask)),
          [](const auto& part) { return part.name + std::to_string(part.entries.size()); }));
    }
    reads.push_back(
        Made<Ledger::AccountsPage>("accounts", {{"accounts", ""}}, ledger_->Accounts("", 10), [](const auto& page) {
          std::string text;
          for (const auto& [id, account] : page.accounts) text += id + account.SerializeAsString();
          return text;
        }));
    reads.push_back(Made<Ledger::Head>("head", {{"tree", ""}, {"journal", ""}}, ledger_->TreeHead(3, 0),
                                       [](const auto& head) { return std::to_string(head.size) + head.root.text(); }));
    return reads;
  }
  void WriteSome() override {
    OpenAccount("dave");
    Pay("late", "alice", "bob", 1);
    Pay("big", "bob", "alice", 10);
    Ledger::Transfer spend = Transfer("spend2", "bob", "carol", 1);
    spend.program = {.visitor = Member("carol"), .per_hour = 20, .per_recipient = 10};
    std::ignore = Wait(ledger_->Send(spend));
    Offer("offer3");
    for (const auto end : {OFFER_END_ACCEPT, OFFER_END_DECLINE}) {
      const std::uint64_t offer = end == OFFER_END_ACCEPT ? kEntries - 2 : kEntries - 1;
      Ledger::Settlement settle{.member = Member("bob"), .act = Long("settle" + std::to_string(end)), .offer = offer};
      settle.end = end;
      settle.time_ms = kNow + 5;
      std::ignore = Wait(ledger_->Settle(settle));
    }
    for (const std::uint64_t entry : {1, 4, 5, 24}) Correct(entry);
    std::ignore = Wait(ledger_->ReturnExpired(kNow + 40 * Ledger::kHourMs * 24));
    std::ignore = Wait(ledger_->CloseAccount(Member("carol"), kNow + 6));
    std::ignore = Wait(ledger_->CompleteTree()).ok();
  }
  bool Sound() override {
    const auto audit = Wait(ledger_->Verify());
    if (!audit.ok()) return false;
    Require(audit->faults.size() <= Ledger::kMaxFaults, "the list of faults is bounded");
    if (audit->sound())
      Require(audit->issued == audit->held + audit->offered && audit->held >= 0, "sound books balance");
    return audit->sound();
  }

 private:
  static constexpr const char* kNames[] = {"alice", "bob", "carol"};
  static constexpr std::uint64_t kEntries = 27;  // that Populate makes

  BankStore(Loop& loop, std::unique_ptr<Ledger> ledger) : AnyStore(loop), ledger_(std::move(ledger)) {}
  void OpenAccount(const std::string& name) {
    Ledger::Opening opening{.member = Member(name), .name = name, .act = Long("open " + name), .zoobars = 50};
    opening.time_ms = kNow;
    std::ignore = Wait(ledger_->OpenAccount(opening));
  }
  static Ledger::Transfer Transfer(const std::string& act, const std::string& from, const std::string& to,
                                   std::int64_t zoobars) {
    Ledger::Transfer transfer{.sender = Member(from), .recipient = Member(to), .act = Long(act), .zoobars = zoobars};
    transfer.time_ms = kNow + 1;
    return transfer;
  }
  void Pay(const std::string& act, const std::string& from, const std::string& to, std::int64_t zoobars) {
    std::ignore = Wait(ledger_->Send(Transfer(act, from, to, zoobars)));
  }
  void Offer(const std::string& act) {
    Ledger::Transfer offer = Transfer(act, "alice", "bob", 2);
    offer.offer = {.note = "lunch", .expires_ms = kNow + Ledger::kHourMs};
    std::ignore = Wait(ledger_->Send(offer));
  }
  void Correct(std::uint64_t entry) {
    Ledger::Correction correction{
        .entry = entry, .reason = "wrong member", .act = Long("correct" + std::to_string(entry))};
    correction.time_ms = kNow + 2;
    std::ignore = Wait(ledger_->Correct(correction));
  }

  std::unique_ptr<Ledger> ledger_;
};

}  // namespace zoobar
