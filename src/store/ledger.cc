#include "store/ledger.h"

#include <limits>
#include <unordered_map>
#include <utility>

#include "store/ledger_replay.h"
#include "store/numbers.h"

namespace zoobar {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::string Joined(std::string_view member, std::uint64_t number) { return std::string(member) + NumberKey(number); }

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::Open(Loop& loop, std::string folder, const Config::Store& config) {
  EnvironmentOptions options;
  options.folder = std::move(folder);
  options.kind = "bank";
  options.tables = {"accounts", "journal", "by_member", "acts", "totals"};
  options.map_bytes = config.map_bytes();
  options.max_map_bytes = config.max_map_bytes();
  Result<std::unique_ptr<Environment>> environment = Environment::Open(loop, std::move(options));
  if (!environment.ok()) return environment.error();
  return std::unique_ptr<Ledger>(new Ledger(std::move(*environment)));
}

Ledger::Ledger(std::unique_ptr<Environment> environment)
    : environment_(std::move(environment)),
      accounts_(environment_->table("accounts")),
      journal_(environment_->table("journal")),
      by_member_(environment_->table("by_member")),
      acts_(environment_->table("acts")),
      totals_(environment_->table("totals")) {}

Task<Result<Ledger::Opened>> Ledger::OpenAccount(Opening opening) {
  auto act = [this, &opening](WriteTransaction& tx) { return OpenIn(tx, opening); };
  co_return co_await environment_->Write(std::move(act));
}

Result<Ledger::Opened> Ledger::OpenIn(WriteTransaction& tx, const Opening& opening) const {
  StoredBankAccount account;
  if (tx.GetMessage(accounts_, opening.member, &account)) return Opened{true, account.zoobars()};
  if (tx.Has(acts_, opening.act)) return Error{"an account's opening names an act that was another"};
  StoredTotals totals;
  tx.GetMessage(totals_, kTotalsKey, &totals);
  // The sum of all balances fits too, then.
  if (opening.zoobars < 0 || totals.issued() > kMost - opening.zoobars) {
    return Error::Of("{} zoobars cannot be issued: {} are", opening.zoobars, totals.issued());
  }
  account.set_name(opening.name);
  account.set_zoobars(opening.zoobars);
  account.set_opened_ms(opening.time_ms);
  tx.PutMessage(accounts_, opening.member, account);
  totals.set_issued(totals.issued() + opening.zoobars);
  tx.PutMessage(totals_, kTotalsKey, totals);
  StoredEntry entry;
  entry.set_kind(StoredEntry::KIND_MINT);
  entry.set_time_ms(opening.time_ms);
  entry.set_recipient(opening.member);
  entry.set_zoobars(opening.zoobars);
  entry.set_act(opening.act);
  entry.set_recipient_after(opening.zoobars);
  Append(tx, entry);
  return Opened{false, opening.zoobars};
}

Task<Result<Ledger::Judgement>> Ledger::Send(Transfer transfer) {
  auto act = [this, &transfer](WriteTransaction& tx) { return SendIn(tx, transfer); };
  co_return co_await environment_->Write(std::move(act));
}

Result<Ledger::Judgement> Ledger::SendIn(WriteTransaction& tx, const Transfer& transfer) const {
  using Outcome = Judgement::Outcome;
  if (std::optional<Judgement> before = AnsweredBefore(tx, transfer)) return *before;
  StoredBankAccount sender, recipient;
  if (!tx.GetMessage(accounts_, transfer.sender, &sender)) return Judgement{.outcome = Outcome::kNoAccount};
  auto refuse = [&sender](Outcome why) { return Judgement{.outcome = why, .zoobars = sender.zoobars()}; };
  if (transfer.zoobars <= 0) return refuse(Outcome::kNotPositive);
  if (transfer.sender == transfer.recipient) return refuse(Outcome::kSelf);
  if (!tx.GetMessage(accounts_, transfer.recipient, &recipient)) return refuse(Outcome::kUnknownRecipient);
  if (sender.zoobars() < transfer.zoobars) return refuse(Outcome::kOverdraft);
  if (recipient.zoobars() > kMost - transfer.zoobars) return refuse(Outcome::kOverflow);

  sender.set_zoobars(sender.zoobars() - transfer.zoobars);
  recipient.set_zoobars(recipient.zoobars() + transfer.zoobars);
  tx.PutMessage(accounts_, transfer.sender, sender);
  tx.PutMessage(accounts_, transfer.recipient, recipient);
  StoredEntry entry;
  entry.set_kind(StoredEntry::KIND_TRANSFER);
  entry.set_time_ms(transfer.time_ms);
  entry.set_sender(transfer.sender);
  entry.set_recipient(transfer.recipient);
  entry.set_zoobars(transfer.zoobars);
  entry.set_act(transfer.act);
  entry.set_sender_after(sender.zoobars());
  entry.set_recipient_after(recipient.zoobars());
  return Judgement{.zoobars = sender.zoobars(), .entry = Append(tx, entry)};
}

// The answer to an act that the journal knows already.
std::optional<Ledger::Judgement> Ledger::AnsweredBefore(const ReadTransaction& tx, const Transfer& transfer) const {
  const std::optional<std::string_view> number = tx.Get(acts_, transfer.act);
  if (!number) return std::nullopt;
  StoredEntry entry;
  if (number->size() != kNumberSize || !tx.GetMessage(journal_, *number, &entry)) {
    tx.FailDamaged(acts_, transfer.act);
    return Judgement{};
  }
  const bool same = entry.kind() == StoredEntry::KIND_TRANSFER && entry.sender() == transfer.sender &&
                    entry.recipient() == transfer.recipient && entry.zoobars() == transfer.zoobars;
  if (!same) return Judgement{.outcome = Judgement::Outcome::kActReused};
  return Judgement{.zoobars = entry.sender_after(), .entry = NumberOf(*number), .repeated_act = true};
}

std::uint64_t Ledger::Append(WriteTransaction& tx, const StoredEntry& entry) const {
  std::uint64_t number = 1;
  {
    Cursor newest(tx, journal_);
    if (newest.Last()) {
      if (newest.key().size() != kNumberSize)
        tx.FailDamaged(journal_, newest.key());
      else
        number = NumberOf(newest.key()) + 1;
    }
  }
  const std::string key = NumberKey(number);
  tx.PutMessage(journal_, key, entry);
  tx.Put(acts_, entry.act(), key);
  tx.Put(by_member_, Joined(entry.recipient(), number), {});
  if (!entry.sender().empty()) tx.Put(by_member_, Joined(entry.sender(), number), {});
  return number;
}

Result<std::vector<std::optional<std::int64_t>>> Ledger::Balances(const std::vector<std::string_view>& members) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::vector<std::optional<std::int64_t>>> {
    std::vector<std::optional<std::int64_t>> balances;
    balances.reserve(members.size());
    StoredBankAccount account;
    for (std::string_view member : members) {
      const bool found = tx.GetMessage(accounts_, member, &account);
      balances.push_back(found ? std::optional(account.zoobars()) : std::nullopt);
    }
    return balances;
  });
}

Result<Ledger::Page> Ledger::Journal(std::string_view member, std::uint64_t before, std::size_t limit) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<Page> {
    std::unordered_map<std::string, std::string> names = {{"", ""}};
    auto name = [&](const std::string& id) -> const std::string& {
      const auto known = names.find(id);
      return known != names.end() ? known->second : names.emplace(id, NameOf(tx, id)).first->second;
    };
    Page page;
    StoredEntry entry;
    Cursor cursor(tx, by_member_);
    const std::uint64_t end = before == 0 ? std::numeric_limits<std::uint64_t>::max() : before;
    for (bool at = cursor.Before(Joined(member, end)); at; at = cursor.Previous()) {
      const std::string_view key = cursor.key();
      if (key.size() != kMemberIdSize + kNumberSize || !key.starts_with(member)) break;
      if (page.lines.size() == limit) {
        page.more = true;
        break;
      }
      const std::string_view number = key.substr(kMemberIdSize);
      if (!tx.GetMessage(journal_, number, &entry)) {
        tx.FailDamaged(by_member_, key);
        break;
      }
      page.lines.push_back({.number = NumberOf(number),
                            .time_ms = entry.time_ms(),
                            .sender = name(entry.sender()),
                            .recipient = name(entry.recipient()),
                            .zoobars = entry.zoobars()});
    }
    return page;
  });
}

std::string Ledger::NameOf(const ReadTransaction& tx, std::string_view member) const {
  StoredBankAccount account;
  if (!tx.GetMessage(accounts_, member, &account)) tx.FailDamaged(accounts_, member);
  return account.name();
}

Task<Result<Ledger::Audit>> Ledger::Verify() {
  auto replay = [this](ReadTransaction& tx) -> Result<Audit> { return LedgerReplay(*this, tx).Run(); };
  co_return co_await environment_->ReadInPool(std::move(replay));
}

}  // namespace zoobar
