#include "ledger/ledger_replay.h"

#include <algorithm>
#include <limits>

#include "ipc/bytes.h"
#include "store/keys.h"

namespace zoobar {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

}  // namespace

Ledger::Audit LedgerReplay::Prove() {
  ReplayJournal();
  CompareAccounts();
  CompareOffers();
  CompareTotals();
  return std::move(audit_);
}

void LedgerReplay::ReplayJournal() {
  std::uint64_t expected = 1;
  StoredEntry entry;
  Cursor cursor(tx_, ledger_.journal_);
  for (bool at = cursor.First(); at; at = cursor.Next(), ++expected) {
    ++audit_.entries;
    const std::uint64_t number = cursor.key().size() == kNumberSize ? NumberOf(cursor.key()) : 0;
    if (number != expected) {
      Fault("the journal goes from entry {} to {}", expected - 1, number);
      expected = number;
    }
    AddToTree(number, cursor.value());
    if (!entry.ParseFromArray(cursor.value().data(), static_cast<int>(cursor.value().size()))) {
      Fault("entry {} is damaged", number);
      continue;
    }
    Replay(number, entry);
    CheckFields(number, entry);
    if (entry.has_program()) CheckProgram(number, entry);
    CheckIndices(number, entry);
    CheckCounts(number, entry);
  }
}

// Compares the hashes of the subtrees that end with this entry with those in the table.
void LedgerReplay::AddToTree(std::uint64_t number, std::string_view stored) {
  constexpr unsigned kLevels = LedgerTree::kLevels;
  tree_.Add(JournalLeafOf(number, stored));
  const std::uint64_t size = tree_.size();
  for (unsigned level = kLevels; level < 64 && size % (std::uint64_t{1} << level) == 0; level += kLevels) {
    if (ledger_.tree_.Stored(tx_, level, (size >> level) - 1) != tree_.Ended(level))
      Fault("the tree says that the {} entries up to entry {} were others", std::uint64_t{1} << level, number);
  }
}

void LedgerReplay::CheckCounts(std::uint64_t number, const StoredEntry& entry) {
  if (!entry.sender().empty()) CheckCount(number, entry.sender(), entry.sender_ordinal(), entry.sender_name());
  CheckCount(number, entry.recipient(), entry.recipient_ordinal(), entry.recipient_name());
}

void LedgerReplay::CheckCount(std::uint64_t number, const std::string& member, std::uint64_t ordinal,
                              const std::string& name) {
  Counted& counted = counted_[member];
  ++counted.entries;
  if (ordinal == 0 && !counted.began) return;  // it is older than the tree
  counted.began = true;
  if (ordinal != counted.entries)
    Fault("entry {} counts as entry {} of {}, but it is entry {}", number, ordinal, ToHex(member), counted.entries);
  if (counted.name.empty()) counted.name = name;
  if (name != counted.name) Fault("entry {} has another name for {}", number, ToHex(member));
}

void LedgerReplay::Replay(std::uint64_t number, const StoredEntry& entry) {
  switch (entry.kind()) {
    case StoredEntry::KIND_MINT:
      return ReplayMint(number, entry);
    case StoredEntry::KIND_TRANSFER:
      ReplayBetween(number, entry);
      return;
    case StoredEntry::KIND_CORRECTION:
      if (ReplayBetween(number, entry)) CheckCorrection(number, entry);
      return;
    case StoredEntry::KIND_OFFER:
      if (ReplayBetween(number, entry)) ReplayOffer(number, entry);
      return;
    case StoredEntry::KIND_ACCEPTED:
    case StoredEntry::KIND_RETURNED:
      if (ReplayBetween(number, entry)) ReplayEnd(number, entry);
      return;
    default:
      Fault("entry {} has an unknown kind", number);
  }
}

void LedgerReplay::ReplayMint(std::uint64_t number, const StoredEntry& entry) {
  if (!entry.sender().empty()) Fault("entry {} opens an account and names a sender", number);
  if (entry.zoobars() < 0 || audit_.issued > kMostZoobars - entry.zoobars()) {
    return Fault("entry {} issues {} zoobars", number, entry.zoobars());
  }
  audit_.issued += entry.zoobars();
  if (!balances_.emplace(entry.recipient(), entry.zoobars()).second) {
    Fault("entry {} opens the account {} again", number, ToHex(entry.recipient()));
  }
  if (entry.recipient_after() != entry.zoobars()) {
    Fault("entry {} notes the balance {}, but the replay gives {}", number, entry.recipient_after(), entry.zoobars());
  }
}

// The fields that only some kinds have.
void LedgerReplay::CheckFields(std::uint64_t number, const StoredEntry& entry) {
  const StoredEntry::Kind kind = entry.kind();
  const bool later =
      kind == StoredEntry::KIND_CORRECTION || kind == StoredEntry::KIND_ACCEPTED || kind == StoredEntry::KIND_RETURNED;
  if (!later && entry.about() != 0) Fault("entry {} is about entry {}, against its kind", number, entry.about());
  if (kind != StoredEntry::KIND_OFFER && entry.expires_ms() != 0) Fault("entry {} expires, against its kind", number);
  if (!journal::NoteFits(static_cast<std::uint32_t>(kind), entry.note()))
    Fault("entry {} has a note that does not fit its kind", number);
}

bool LedgerReplay::ReplayBetween(std::uint64_t number, const StoredEntry& entry) {
  const auto sender = balances_.find(entry.sender()), recipient = balances_.find(entry.recipient());
  if (sender == balances_.end() || recipient == balances_.end() || sender == recipient) {
    Fault("entry {} is not between two open accounts", number);
    return false;
  }
  const auto kind = static_cast<std::uint32_t>(entry.kind());
  std::int64_t gives = 0, gets = 0;
  const bool overflow =
      entry.zoobars() <= 0 ||
      __builtin_add_overflow(sender->second, journal::ChangeOf(kind, false, entry.zoobars()), &gives) ||
      __builtin_add_overflow(recipient->second, journal::ChangeOf(kind, true, entry.zoobars()), &gets);
  if (overflow || gives < 0 || gets < 0) {
    Fault("entry {} moves {} zoobars from {} to {}", number, entry.zoobars(), sender->second, recipient->second);
    return false;
  }
  sender->second = gives;
  recipient->second = gets;
  if (entry.sender_after() != gives || entry.recipient_after() != gets) {
    Fault("entry {} notes the balances {} and {}, but the replay gives {} and {}", number, entry.sender_after(),
          entry.recipient_after(), gives, gets);
  }
  return true;
}

void LedgerReplay::ReplayOffer(std::uint64_t number, const StoredEntry& entry) {
  std::int64_t open_ms = 0;
  if (__builtin_sub_overflow(entry.expires_ms(), entry.time_ms(), &open_ms) || open_ms <= 0 ||
      open_ms > Ledger::kLongestOfferMs)
    Fault("entry {} is an offer from {} to {}", number, entry.time_ms(), entry.expires_ms());
  if (__builtin_add_overflow(audit_.offered, entry.zoobars(), &audit_.offered))
    Fault("the sum of all open offers is too large to count");
  open_.emplace(number, entry);
}

void LedgerReplay::ReplayEnd(std::uint64_t number, const StoredEntry& entry) {
  const auto open = open_.find(entry.about());
  if (open == open_.end()) return Fault("entry {} ends the offer {}, which is not open", number, entry.about());
  const StoredEntry& offer = open->second;
  if (offer.sender() != entry.sender() || offer.recipient() != entry.recipient() || offer.zoobars() != entry.zoobars())
    Fault("entry {} ends the offer {}, but has other members or another amount", number, entry.about());
  const bool expired = entry.time_ms() >= offer.expires_ms(), accepted = entry.kind() == StoredEntry::KIND_ACCEPTED;
  if (accepted && expired) Fault("entry {} accepts the offer {}, which has expired", number, entry.about());
  if (entry.note() == "expired" && !expired)
    Fault("entry {} says that the offer {} has expired, before it has", number, entry.about());
  audit_.offered -= offer.zoobars();
  open_.erase(open);
}

void LedgerReplay::CheckCorrection(std::uint64_t number, const StoredEntry& entry) {
  ++corrections_;
  if (tx_.Get(ledger_.corrected_, NumberKey(entry.about())) != NumberKey(number))
    Fault("entry {} is not found as the correction of entry {}", number, entry.about());
  StoredEntry wrong;
  const std::optional<std::string_view> stored = tx_.Get(ledger_.journal_, NumberKey(entry.about()));
  if (!stored || !wrong.ParseFromArray(stored->data(), static_cast<int>(stored->size())) || entry.about() >= number)
    return Fault("entry {} corrects entry {}, which is not before it", number, entry.about());
  const bool moved = journal::MovesBetweenMembers(static_cast<std::uint32_t>(wrong.kind()));
  if (!moved || wrong.sender() != entry.recipient() || wrong.recipient() != entry.sender() ||
      wrong.zoobars() != entry.zoobars())
    Fault("entry {} does not give back what entry {} has moved", number, entry.about());
}

void LedgerReplay::CompareOffers() {
  for (const auto& [number, offer] : open_) {
    const std::string key = NumberKey(number);
    for (const std::string& member : {offer.sender(), offer.recipient()}) {
      if (!tx_.Has(ledger_.offers_, member + key)) Fault("the open offer {} is not found by its members", number);
    }
    if (!tx_.Has(ledger_.expiring_, NumberKey(static_cast<std::uint64_t>(offer.expires_ms())) + key))
      Fault("the open offer {} is not found by its time", number);
  }
  const std::uint64_t found = tx_.Count(ledger_.offers_), timed = tx_.Count(ledger_.expiring_);
  if (found != 2 * open_.size() || timed != open_.size())
    Fault("{} offers are open, but the tables have {} and {}", open_.size(), found, timed);
  if (const std::uint64_t corrected = tx_.Count(ledger_.corrected_); corrected != corrections_)
    Fault("{} entries are marked as corrected, but the journal corrects {}", corrected, corrections_);
}

// Applies the same rule as Ledger::PastLimits. Subtracts this payment and the earlier payments that are less than an
// hour older from the limits.
void LedgerReplay::CheckProgram(std::uint64_t number, const StoredEntry& entry) {
  const StoredEntry::Program& program = entry.program();
  if (entry.kind() != StoredEntry::KIND_TRANSFER)
    return Fault("entry {} was made by a program, but is no transfer", number);
  if (program.visitor().size() != Ledger::kMemberIdSize)
    Fault("entry {} was made by a program, but names no visitor", number);
  if (program.per_hour() > Ledger::kMostPerHour) {
    Fault("entry {} allows a program to pay {} an hour", number, program.per_hour());
  }
  const std::int64_t most = Ledger::kMostPerHour;
  std::vector<Payment>& payments = spending_[entry.sender()];
  payments.push_back({entry.time_ms(), std::clamp<std::int64_t>(entry.zoobars(), 0, most + 1), entry.recipient()});

  const std::int64_t since = std::max(entry.time_ms(), kLeast + Ledger::kHourMs) - Ledger::kHourMs;
  std::int64_t hour = std::min<std::int64_t>(program.per_hour(), most), recipient = program.per_recipient();
  auto older = payments.rbegin();
  for (; older != payments.rend() && hour >= 0 && older->time_ms > since; ++older) {
    hour -= older->zoobars;
    if (older->recipient == entry.recipient()) recipient -= older->zoobars;
  }
  if (hour < 0) Fault("entry {} exceeds the {} that a program may pay in an hour", number, program.per_hour());
  if (recipient < 0)
    Fault("entry {} exceeds the {} that a program may pay to one recipient in an hour", number,
          program.per_recipient());
  payments.erase(payments.begin(), older.base());
}

void LedgerReplay::CheckIndices(std::uint64_t number, const StoredEntry& entry) {
  const std::string key = NumberKey(number);
  if (tx_.Get(ledger_.acts_, entry.act()) != key) Fault("entry {} is not found by its act", number);
  for (const std::string& member : {entry.sender(), entry.recipient()}) {
    if (member.empty()) continue;
    ++touched_;
    if (!tx_.Has(ledger_.by_member_, member + key)) Fault("entry {} is not found by member {}", number, ToHex(member));
  }
  if (!entry.has_program()) return;
  ++spent_;
  if (tx_.Get(ledger_.spending_, entry.sender() + key) != Ledger::SpendingOf(entry))
    Fault("entry {} is not found among the payments by programs", number);
}

void LedgerReplay::CompareAccounts() {
  StoredBankAccount account;
  Cursor cursor(tx_, ledger_.accounts_);
  for (bool at = cursor.First(); at; at = cursor.Next()) {
    ++audit_.accounts;
    const std::string member(cursor.key());
    if (!account.ParseFromArray(cursor.value().data(), static_cast<int>(cursor.value().size()))) {
      Fault("account {} is damaged", ToHex(member));
      continue;
    }
    if (__builtin_add_overflow(audit_.held, account.zoobars(), &audit_.held))
      Fault("the sum of all balances is too large to count");
    if (tx_.Get(ledger_.names_, account.name()) != member) {
      Fault("account {} is not found by its name", ToHex(member));
    }
    if (const auto counted = counted_.find(member); counted != counted_.end() && counted->second.began) {
      if (account.entries() != counted->second.entries)
        Fault("account {} counts {} entries, but the journal has {}", ToHex(member), account.entries(),
              counted->second.entries);
      if (account.name() != counted->second.name) Fault("account {} has another name in the journal", ToHex(member));
    }
    const auto replayed = balances_.find(member);
    if (replayed == balances_.end()) {
      Fault("account {} is not opened in the journal", ToHex(member));
    } else if (replayed->second != account.zoobars()) {
      Fault("account {} holds {}, but the journal gives {}", ToHex(member), account.zoobars(), replayed->second);
    }
  }
  if (audit_.accounts < balances_.size()) {
    Fault("there are {} accounts, but the journal opens {}", audit_.accounts, balances_.size());
  }
}

void LedgerReplay::CompareTotals() {
  StoredTotals totals;
  const std::optional<std::string_view> stored = tx_.Get(ledger_.totals_, Ledger::kTotalsKey);
  if (stored && !totals.ParseFromArray(stored->data(), static_cast<int>(stored->size())))
    Fault("the totals are damaged");
  if (totals.issued() != audit_.issued)
    Fault("the totals say that {} were issued, but the journal says {}", totals.issued(), audit_.issued);
  std::int64_t all = 0;
  if (__builtin_add_overflow(audit_.held, audit_.offered, &all) || all != audit_.issued)
    Fault("all accounts together hold {}, and {} are set aside in offers, but {} were issued", audit_.held,
          audit_.offered, audit_.issued);
  const std::uint64_t acts = tx_.Count(ledger_.acts_), touched = tx_.Count(ledger_.by_member_);
  if (acts != audit_.entries) Fault("there are {} acts for {} entries", acts, audit_.entries);
  if (touched != touched_) Fault("by_member has {} entries, but the journal gives {}", touched, touched_);
  audit_.root = tree_.Root();
  if (ledger_.tree_.Count(tx_) != LedgerTree::CountFor(audit_.entries))
    Fault("the tree has {} hashes for {} entries", ledger_.tree_.Count(tx_), audit_.entries);
  const std::uint64_t spent = tx_.Count(ledger_.spending_), names = tx_.Count(ledger_.names_);
  if (spent != spent_) Fault("there are {} payments by programs, but the journal has {}", spent, spent_);
  if (names != audit_.accounts) Fault("there are {} names for {} accounts", names, audit_.accounts);
}

}  // namespace zoobar
