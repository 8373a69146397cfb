// The part of Ledger that proves: heads of the journal's tree, and members' statements.
#include <algorithm>
#include <limits>

#include "ipc/try.h"
#include "ledger/ledger.h"
#include "store/keys.h"

namespace zoobar {
namespace {

// Makes an entry of a statement, as `member` sees it, without its proof.
StatementEntry StatementEntryOf(std::uint64_t number, std::string_view stored, const StoredEntry& entry,
                                std::string_view member) {
  const journal::Salts salts = journal::SaltsOf(entry.act());
  const journal::Entry leaf = JournalEntryOf(number, stored, entry);
  const bool receives = entry.recipient() == member;
  StatementEntry shown;
  shown.set_number(number);
  shown.set_time_ms(entry.time_ms());
  shown.set_kind(leaf.kind);
  shown.set_sender(entry.sender());
  shown.set_sender_name(entry.sender_name());
  shown.set_recipient(entry.recipient());
  shown.set_recipient_name(entry.recipient_name());
  shown.set_zoobars(entry.zoobars());
  shown.set_by_program(entry.has_program());
  shown.set_ordinal(receives ? entry.recipient_ordinal() : entry.sender_ordinal());
  shown.set_balance(BalanceAfter(entry, member));
  shown.set_salt((receives ? salts.recipient : salts.sender).text());
  if (!receives) shown.set_other_side(leaf.recipient_side.text());
  if (receives && !entry.sender().empty()) shown.set_other_side(leaf.sender_side.text());
  shown.set_stored(leaf.stored.text());
  shown.set_about(entry.about());
  shown.set_note(entry.note());
  shown.set_expires_ms(entry.expires_ms());
  return shown;
}

}  // namespace

Status Ledger::CheckSize(const ReadTransaction& tx, std::uint64_t size) const {
  if (!tree_.Complete(tx)) return Error{"the journal's tree is not complete yet"};
  if (size > tree_.Size(tx)) return Error::Of("the journal has {} entries, not {}", tree_.Size(tx), size);
  return {};
}

Result<Ledger::Head> Ledger::TreeHead(std::uint64_t old_size, std::uint64_t size) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<Head> {
    Head head;
    head.size = size == 0 ? tree_.Size(tx) : size;
    TRY_STATUS(CheckSize(tx, head.size));
    const journal::Subtrees subtrees = tree_.Reader(tx);
    head.root = journal::RootOf(head.size, subtrees);
    if (old_size > head.size) return head;
    head.old_root = journal::RootOf(old_size, subtrees);
    head.proof = journal::ProveConsistency(old_size, head.size, subtrees);
    return head;
  });
}

Task<Result<Ledger::StatementPart>> Ledger::Statement(StatementAsk ask) {
  auto act = [this, &ask](ReadTransaction& tx) { return StatementIn(tx, ask); };
  co_return co_await environment_->ReadInPool(std::move(act));
}

Result<Ledger::StatementPart> Ledger::StatementIn(const ReadTransaction& tx, const StatementAsk& ask) const {
  TRY_STATUS(CheckSize(tx, ask.size));
  StatementPart part;
  StoredBankAccount account;
  if (!tx.GetMessage(accounts_, ask.member, &account)) return part;
  part.name = account.name();
  const journal::Subtrees subtrees = tree_.Reader(tx);
  std::uint64_t end = ask.size + 1;
  if (ask.before != 0) end = std::min(end, ask.before);
  std::size_t found = 0;
  Cursor cursor(tx, by_member_);
  for (bool at = cursor.Before(JoinedKey(ask.member, NumberKey(end))); at; at = cursor.Previous()) {
    const std::string_view key = cursor.key();
    if (key.size() != kMemberIdSize + kNumberSize || !key.starts_with(ask.member)) break;
    if (found++ == ask.limit) {
      part.more = true;
      break;
    }
    const std::uint64_t number = NumberOf(key.substr(kMemberIdSize));
    if (ask.summary) {
      part.entries.resize(1);
      part.entries.back().set_number(number);
      continue;
    }
    const std::optional<std::string_view> stored = tx.Get(journal_, NumberKey(number));
    StoredEntry entry;
    if (number == 0 || !stored || !entry.ParseFromArray(stored->data(), static_cast<int>(stored->size()))) {
      tx.FailDamaged(by_member_, key);
      break;
    }
    StatementEntry& shown = part.entries.emplace_back(StatementEntryOf(number, *stored, entry, ask.member));
    for (const journal::Hash& hash : journal::ProveInclusion(number - 1, ask.size, subtrees)) {
      shown.add_proof(hash.text());
    }
  }
  std::ranges::reverse(part.entries);
  return part;
}

Task<Status> Ledger::CompleteTree() {
  auto find = [this](ReadTransaction& tx) -> Result<std::optional<std::uint64_t>> {
    return tree_.Complete(tx) ? std::nullopt : std::optional(tree_.FirstMissing(tx));
  };
  CO_TRY(std::optional<std::uint64_t> next, environment_->Read(find));
  while (next) {
    auto fill = [this, from = *next](WriteTransaction& tx) -> Result<std::optional<std::uint64_t>> {
      return tree_.Fill(tx, from);
    };
    auto writing = environment_->Write(std::move(fill));
    Result<std::optional<std::uint64_t>> filled = co_await writing;
    if (!filled.ok()) co_return filled.error();
    next = *filled;
  }
  auto check = [this](ReadTransaction& tx) -> Result<bool> { return tree_.Complete(tx); };
  CO_TRY(const bool complete, environment_->Read(check));
  co_return complete ? Status() : Status(Error{"the journal has gaps, so its tree cannot be completed"});
}

}  // namespace zoobar
