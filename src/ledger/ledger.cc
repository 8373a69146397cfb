#include "ledger/ledger.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "ipc/saturated.h"
#include "ipc/try.h"
#include "ledger/ledger_replay.h"
#include "store/keys.h"

namespace zoobar {
namespace {

constexpr std::size_t kSpendingSize = 2 * kNumberSize + Ledger::kMemberIdSize;

bool SameProgram(const StoredEntry& entry, const std::optional<Ledger::ByProgram>& program) {
  return entry.has_program() == program.has_value() && (!program || entry.program().visitor() == program->visitor);
}

// If an offer is sent again, a later time was chosen from the same number of days.
bool SameOffer(const StoredEntry& entry, const Ledger::Transfer& transfer) {
  if (!transfer.offer) return entry.kind() == StoredEntry::KIND_TRANSFER;
  return entry.kind() == StoredEntry::KIND_OFFER && entry.note() == transfer.offer->note &&
         SaturatedDifference(entry.expires_ms(), entry.time_ms()) == transfer.offer->expires_ms - transfer.time_ms;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "bank",
                                        {"accounts", "journal", "by_member", "acts", "spending", "names", "totals",
                                         "tree", "offers", "expiring", "corrected"},
                                        config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  std::unique_ptr<Ledger> ledger(new Ledger(std::move(environment)));
  TRY_STATUS(ledger->FillNames());
  return ledger;
}

Ledger::Ledger(std::unique_ptr<Environment> environment)
    : environment_(std::move(environment)),
      accounts_(environment_->table("accounts")),
      journal_(environment_->table("journal")),
      by_member_(environment_->table("by_member")),
      acts_(environment_->table("acts")),
      spending_(environment_->table("spending")),
      names_(environment_->table("names")),
      totals_(environment_->table("totals")),
      offers_(environment_->table("offers")),
      expiring_(environment_->table("expiring")),
      corrected_(environment_->table("corrected")),
      tree_(journal_, environment_->table("tree")) {}

// Fills the table `names` if an older zoobar opened accounts without this table. An account whose value is damaged gets
// no name there; Verify reports the account.
Status Ledger::FillNames() {
  auto compare = [this](ReadTransaction& tx) -> Result<bool> { return tx.Count(names_) == tx.Count(accounts_); };
  TRY(const bool complete, environment_->Read(compare));
  if (complete) return {};
  auto act = [this](WriteTransaction& tx) -> Status {
    StoredBankAccount account;
    Cursor cursor(tx, accounts_);
    for (bool at = cursor.First(); at; at = cursor.Next()) {
      if (!account.ParseFromArray(cursor.value().data(), static_cast<int>(cursor.value().size()))) continue;
      if (account.name().empty() || account.name().size() > kMaxKeySize) continue;
      if (!tx.Has(names_, account.name())) tx.Put(names_, account.name(), std::string(cursor.key()));
    }
    return {};
  };
  return environment_->WriteFirst(std::move(act));
}

Task<Result<Ledger::Opened>> Ledger::OpenAccount(Opening opening) {
  auto act = [this, &opening](WriteTransaction& tx) { return OpenIn(tx, opening); };
  auto writing = environment_->Write(std::move(act), opening.deadline);
  Result<Opened> opened = co_await writing;
  if (opened.ok() || !opened.error().no_room()) co_return opened;
  // Perhaps only other writes of the group needed room. If the account exists already, nothing must be written, and the
  // answer is its balance.
  auto find = [&](ReadTransaction& tx) -> Result<std::optional<StoredBankAccount>> {
    return tx.GetMessage<StoredBankAccount>(accounts_, opening.member);
  };
  CO_TRY(const std::optional<StoredBankAccount> account, environment_->Read(find));
  if (account) co_return Opened{.existed = true, .zoobars = account->zoobars()};
  co_return opened;
}

Result<Ledger::Opened> Ledger::OpenIn(WriteTransaction& tx, const Opening& opening) const {
  StoredBankAccount account;
  if (tx.GetMessage(accounts_, opening.member, &account)) return Opened{.existed = true, .zoobars = account.zoobars()};
  if (tx.Has(acts_, opening.act)) return Error{"the act id of this account opening belongs to another act"};
  StoredTotals totals;
  tx.GetMessage(totals_, kTotalsKey, &totals);
  // The sum of all balances is the sum of all issued zoobars. So it is enough to check that this sum does not overflow.
  if (opening.zoobars < 0 || totals.issued() > kMostZoobars - opening.zoobars) {
    return Error::Of("cannot issue {} zoobars: {} are issued already", opening.zoobars, totals.issued());
  }
  const std::uint64_t number = NextNumber(tx);
  account.set_name(opening.name);
  account.set_zoobars(opening.zoobars);
  account.set_opened_ms(opening.time_ms);
  account.set_entries(1);
  tx.PutMessage(accounts_, opening.member, account);
  if (!tx.Has(names_, opening.name)) tx.Put(names_, opening.name, opening.member);
  totals.set_issued(totals.issued() + opening.zoobars);
  tx.PutMessage(totals_, kTotalsKey, totals);
  StoredEntry entry;
  entry.set_kind(StoredEntry::KIND_MINT);
  entry.set_time_ms(opening.time_ms);
  entry.set_recipient(opening.member);
  entry.set_zoobars(opening.zoobars);
  entry.set_act(opening.act);
  entry.set_recipient_after(opening.zoobars);
  entry.set_recipient_ordinal(account.entries());
  entry.set_recipient_name(opening.name);
  Append(tx, number, entry);
  return Opened{.zoobars = opening.zoobars, .entry = number};
}

Task<Result<Ledger::Judgement>> Ledger::Send(Transfer transfer) {
  auto act = [this, &transfer](WriteTransaction& tx) { return SendIn(tx, transfer); };
  auto writing = environment_->Write(std::move(act), transfer.deadline);
  Result<Judgement> sent = co_await writing;
  if (sent.ok() || !sent.error().no_room()) co_return sent;
  // Perhaps only other writes of the group needed room. If the act was carried out before, nothing must be written, and
  // the answer comes from the journal.
  auto find = [&](ReadTransaction& tx) -> Result<std::optional<Judgement>> { return AnsweredBefore(tx, transfer); };
  CO_TRY(const std::optional<Judgement> before, environment_->Read(find));
  if (before) co_return *before;
  co_return sent;
}

Result<Ledger::Judgement> Ledger::SendIn(WriteTransaction& tx, const Transfer& transfer) const {
  using Outcome = Judgement::Outcome;
  if (std::optional<Judgement> before = AnsweredBefore(tx, transfer)) return *before;
  StoredBankAccount sender, recipient;
  if (!tx.GetMessage(accounts_, transfer.sender, &sender)) return Judgement{.outcome = Outcome::kNoAccount};
  // A member who is closing the account still has the session if the last step failed.
  if (sender.closed_ms() != 0) return Judgement{.outcome = Outcome::kNoAccount, .zoobars = sender.zoobars()};
  auto refuse = [&sender](Outcome why) { return Judgement{.outcome = why, .zoobars = sender.zoobars()}; };
  if (transfer.zoobars <= 0) return refuse(Outcome::kNotPositive);
  if (transfer.sender == transfer.recipient) return refuse(Outcome::kSelf);
  const bool known = tx.GetMessage(accounts_, transfer.recipient, &recipient);
  if (!known || recipient.closed_ms() != 0) return refuse(Outcome::kUnknownRecipient);
  if (sender.zoobars() < transfer.zoobars) return refuse(Outcome::kOverdraft);
  if (recipient.zoobars() > kMostZoobars - transfer.zoobars) return refuse(Outcome::kOverflow);
  if (const auto past = PastLimits(tx, transfer)) return refuse(*past);
  if (const auto past = PastOffers(tx, transfer)) return refuse(*past);
  if (transfer.past_rate) return refuse(Outcome::kTooMany);

  StoredEntry entry;
  entry.set_kind(transfer.offer ? StoredEntry::KIND_OFFER : StoredEntry::KIND_TRANSFER);
  entry.set_time_ms(transfer.time_ms);
  entry.set_sender(transfer.sender);
  entry.set_recipient(transfer.recipient);
  entry.set_zoobars(transfer.zoobars);
  entry.set_act(transfer.act);
  if (transfer.program) {
    entry.mutable_program()->set_visitor(transfer.program->visitor);
    entry.mutable_program()->set_per_hour(std::min(transfer.program->per_hour, kMostPerHour));
    entry.mutable_program()->set_per_recipient(transfer.program->per_recipient);
  }
  if (transfer.offer) {
    entry.set_note(transfer.offer->note);
    entry.set_expires_ms(transfer.offer->expires_ms);
  }
  const std::uint64_t number = AddBetween(tx, &entry, &sender, &recipient);
  Judgement sent{.zoobars = sender.zoobars(), .entry = number};
  sent.sender = std::move(*sender.mutable_name());
  sent.recipient = std::move(*recipient.mutable_name());
  return sent;
}

// Returns the answer to an act that is already in the journal, or nullopt if the act is not there.
std::optional<Ledger::Judgement> Ledger::AnsweredBefore(const ReadTransaction& tx, const Transfer& transfer) const {
  const std::optional<std::string_view> number = tx.Get(acts_, transfer.act);
  if (!number) return std::nullopt;
  StoredEntry entry;
  if (number->size() != kNumberSize || !tx.GetMessage(journal_, *number, &entry)) {
    tx.FailDamaged(acts_, transfer.act);
    return Judgement{};
  }
  const bool same = entry.sender() == transfer.sender && entry.recipient() == transfer.recipient &&
                    entry.zoobars() == transfer.zoobars && SameProgram(entry, transfer.program) &&
                    SameOffer(entry, transfer);
  if (!same) return Judgement{.outcome = Judgement::Outcome::kActReused};
  return Judgement{.zoobars = entry.sender_after(), .entry = NumberOf(*number), .repeated_act = true};
}

// Returns the limit that this payment by the sender's program would exceed, or nullopt. Subtracts this payment and the
// payments by the sender's programs in the hour before from the limits. Every payment is at least one zoobar, so the
// limit for an hour also limits how many payments are read.
std::optional<Ledger::Judgement::Outcome> Ledger::PastLimits(const ReadTransaction& tx,
                                                             const Transfer& transfer) const {
  if (!transfer.program) return std::nullopt;
  std::int64_t hour = std::int64_t{std::min(transfer.program->per_hour, kMostPerHour)} - transfer.zoobars;
  std::int64_t recipient = std::int64_t{transfer.program->per_recipient} - transfer.zoobars;
  Cursor cursor(tx, spending_);
  for (bool at = hour >= 0 && cursor.Before(EntryKey(transfer.sender, std::numeric_limits<std::uint64_t>::max()));
       at && hour >= 0 && cursor.key().starts_with(transfer.sender); at = cursor.Previous()) {
    const std::string_view payment = cursor.value();
    const bool whole = payment.size() == kSpendingSize;
    const std::uint64_t zoobars = whole ? NumberOf(payment.substr(kNumberSize)) : 0;
    if (zoobars == 0 || zoobars > kMostPerHour) {
      tx.FailDamaged(spending_, cursor.key());
      break;
    }
    if (static_cast<std::int64_t>(NumberOf(payment)) <= transfer.time_ms - kHourMs) break;
    hour -= static_cast<std::int64_t>(zoobars);
    if (payment.ends_with(transfer.recipient)) recipient -= static_cast<std::int64_t>(zoobars);
  }
  if (hour < 0) return Judgement::Outcome::kOverHour;
  if (recipient < 0) return Judgement::Outcome::kOverRecipient;
  return std::nullopt;
}

std::string Ledger::SpendingOf(const StoredEntry& entry) {
  return NumberKey(static_cast<std::uint64_t>(entry.time_ms())) +
         NumberKey(static_cast<std::uint64_t>(entry.zoobars())) + entry.recipient();
}

std::uint64_t Ledger::NextNumber(const ReadTransaction& tx) const {
  Cursor newest(tx, journal_);
  if (!newest.Last()) return 1;
  const std::uint64_t next = newest.key().size() == kNumberSize ? NumberOf(newest.key()) + 1 : 0;
  if (next != 0) return next;
  tx.FailDamaged(journal_, newest.key());
  return 1;
}

std::uint64_t Ledger::CountEntry(const ReadTransaction& tx, std::string_view member, StoredBankAccount* account) const {
  if (account->entries() == 0) {
    // This is the member's first entry since the journal has a tree. The older ones are counted once.
    std::uint64_t older = 0;
    Cursor cursor(tx, by_member_);
    for (bool at = cursor.AtOrAfter(member); at && cursor.key().starts_with(member); at = cursor.Next()) ++older;
    account->set_entries(older);
  }
  account->set_entries(account->entries() + 1);
  return account->entries();
}

// The caller has checked that the balance can be changed. So if it cannot, what is stored is damaged.
void Ledger::ChangeBalance(const ReadTransaction& tx, std::string_view member, std::int64_t change,
                           StoredBankAccount* account) const {
  std::int64_t balance = 0;
  if (__builtin_add_overflow(account->zoobars(), change, &balance) || balance < 0) {
    return tx.FailDamaged(accounts_, member);
  }
  account->set_zoobars(balance);
}

std::uint64_t Ledger::AddBetween(WriteTransaction& tx, StoredEntry* entry, StoredBankAccount* sender,
                                 StoredBankAccount* recipient) const {
  const std::uint64_t number = NextNumber(tx);
  const auto kind = static_cast<std::uint32_t>(entry->kind());
  entry->set_sender_ordinal(CountEntry(tx, entry->sender(), sender));
  entry->set_recipient_ordinal(CountEntry(tx, entry->recipient(), recipient));
  entry->set_sender_name(sender->name());
  entry->set_recipient_name(recipient->name());
  ChangeBalance(tx, entry->sender(), journal::ChangeOf(kind, false, entry->zoobars()), sender);
  ChangeBalance(tx, entry->recipient(), journal::ChangeOf(kind, true, entry->zoobars()), recipient);
  entry->set_sender_after(sender->zoobars());
  entry->set_recipient_after(recipient->zoobars());
  tx.PutMessage(accounts_, entry->sender(), *sender);
  tx.PutMessage(accounts_, entry->recipient(), *recipient);
  Append(tx, number, *entry);
  return number;
}

void Ledger::Append(WriteTransaction& tx, std::uint64_t number, const StoredEntry& entry) const {
  const std::string key = NumberKey(number);
  tx.PutMessage(journal_, key, entry);
  tx.Put(acts_, entry.act(), key);
  tx.Put(by_member_, EntryKey(entry.recipient(), number), {});
  if (!entry.sender().empty()) tx.Put(by_member_, EntryKey(entry.sender(), number), {});
  if (entry.has_program()) tx.Put(spending_, EntryKey(entry.sender(), number), SpendingOf(entry));
  if (entry.kind() == StoredEntry::KIND_OFFER) {
    for (const std::string& member : {entry.sender(), entry.recipient()}) tx.Put(offers_, EntryKey(member, number), {});
    tx.Put(expiring_, NumberKey(static_cast<std::uint64_t>(entry.expires_ms())) + key, {});
  }
  if (entry.kind() == StoredEntry::KIND_CORRECTION) tx.Put(corrected_, NumberKey(entry.about()), key);
  tree_.Append(tx, number);
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

Result<std::vector<Ledger::Holder>> Ledger::Find(const std::vector<std::string_view>& names) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::vector<Holder>> {
    std::vector<Holder> holders(names.size());
    StoredBankAccount account;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::optional<std::string_view> member = tx.Get(names_, names[i]);
      if (!member) continue;
      if (!tx.GetMessage(accounts_, *member, &account)) tx.FailDamaged(names_, names[i]);
      if (account.closed_ms() == 0) holders[i] = {std::string(*member), account.zoobars()};
    }
    return holders;
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
    for (bool at = cursor.Before(EntryKey(member, end)); at; at = cursor.Previous()) {
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
      const auto kind = static_cast<std::uint32_t>(entry.kind());
      page.lines.push_back({.number = NumberOf(number),
                            .time_ms = entry.time_ms(),
                            .sender = name(entry.sender()),
                            .recipient = name(entry.recipient()),
                            .zoobars = entry.zoobars(),
                            .by_program = entry.has_program(),
                            .kind = kind,
                            .about = entry.about(),
                            .note = entry.note(),
                            .change = journal::ChangeOf(kind, entry.recipient() == member, entry.zoobars()),
                            .balance = BalanceAfter(entry, member)});
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
  auto completing = CompleteTree();
  [[maybe_unused]] const Status completed = co_await completing;  // the replay finds what is missing
  auto replay = [this](ReadTransaction& tx) -> Result<Audit> { return LedgerReplay(*this, tx).Prove(); };
  co_return co_await environment_->ReadInPool(std::move(replay));
}

}  // namespace zoobar
