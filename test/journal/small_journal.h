// A journal of a few hundred entries in memory, with the statements that a bank would give of it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "journal/checkpoint.h"
#include "journal/entry.h"
#include "journal/statement_text.h"
#include "statement.pb.h"

namespace zoobar::journal {

class SmallJournal {
 public:
  // Opens accounts for some members, who then pay each other. `fork`: from this entry on, the amounts are other ones.
  explicit SmallJournal(std::uint64_t entries, std::uint64_t fork = UINT64_MAX) : fork_(fork) {
    for (const char* name : {"alice", "bob", "carol", "dave"}) Open(name);
    while (entries_.size() < entries) PayOnce();
  }

  static std::string IdOf(std::string name) {
    name.resize(16, '.');
    return name;
  }

  Subtrees Reader(std::uint64_t size) const {
    return [this, size](unsigned level, std::uint64_t index) {
      EXPECT_LE((index + 1) << level, size);
      return Of(level, index);
    };
  }
  Hash Root(std::uint64_t size) const { return RootOf(size, Reader(size)); }
  std::string Checkpoint(const SigningKey& key, std::uint64_t size) const {
    return key.Sign(size, Root(size), 1'764'472'514);
  }

  // The statement of a member: the entries from `first` to `last` of the member, counted from 1; last 0: to the end.
  Statement StatementOf(const std::string& name, const SigningKey& key, std::uint64_t size, std::uint64_t first = 1,
                        std::uint64_t last = 0) const {
    Statement statement;
    statement.set_format(std::string(kStatementFormat));
    statement.set_key(key.open().Text());
    statement.set_checkpoint(Checkpoint(key, size));
    statement.set_member(IdOf(name));
    statement.set_name(name);
    std::uint64_t ordinal = 0;
    for (std::uint64_t number = 1; number <= size; ++number) {
      const Entry& entry = entries_[number - 1];
      if (entry.sender != IdOf(name) && entry.recipient != IdOf(name)) continue;
      if (++ordinal < first || (last != 0 && ordinal > last)) continue;
      *statement.add_entries() = Shown(number, IdOf(name), size);
    }
    return statement;
  }
  ConsistencyProof Consistency(std::uint64_t old_size, std::uint64_t size) const {
    ConsistencyProof proof;
    proof.set_old_size(old_size);
    proof.set_size(size);
    proof.set_old_root(Root(old_size).text());
    for (const Hash& hash : ProveConsistency(old_size, size, Reader(size))) proof.add_proof(hash.text());
    return proof;
  }
  std::uint64_t size() const { return entries_.size(); }

 private:
  struct Sides {
    Side sender, recipient;
  };
  struct Held {
    std::int64_t zoobars = 0;
    std::uint64_t entries = 0;
  };

  void Open(const std::string& name) {
    names_.push_back(name);
    Add("", name, 1000, kKindMint);
  }
  void PayOnce() {
    const std::size_t turn = entries_.size();
    const std::string &from = names_[turn % names_.size()], &to = names_[(turn * 7 / 4 + 1) % names_.size()];
    if (from == to) return Add(from, names_[(turn + 1) % names_.size()], 1, kKindTransfer);
    Add(from, to, 1 + static_cast<std::int64_t>((turn + (turn >= fork_ ? 1 : 0)) % 3), kKindTransfer);
  }
  void Add(const std::string& from, const std::string& to, std::int64_t zoobars, std::uint32_t kind) {
    const Salts salts = SaltsOf("act " + std::to_string(entries_.size()));
    Sides sides;
    if (!from.empty()) {
      held_[from].zoobars -= zoobars;
      sides.sender = {salts.sender, ++held_[from].entries, held_[from].zoobars};
    }
    held_[to].zoobars += zoobars;
    sides.recipient = {salts.recipient, ++held_[to].entries, held_[to].zoobars};
    Entry entry;
    entry.number = entries_.size() + 1;
    entry.kind = kind;
    entry.time_ms = 1'700'000'000'000 + static_cast<std::int64_t>(entries_.size()) * 1000;
    entry.zoobars = zoobars;
    entry.by_program = entries_.size() % 5 == 4 && kind == kKindTransfer;
    if (!from.empty()) entry.sender = IdOf(from);
    entry.sender_name = from;
    entry.recipient = IdOf(to);
    entry.recipient_name = to;
    if (!from.empty()) entry.sender_side = sides.sender.hash();
    entry.recipient_side = sides.recipient.hash();
    entry.stored = Sha256("stored " + std::to_string(entries_.size()));
    leaves_.push_back(LeafOf(entry));
    entries_.push_back(entry);
    sides_.push_back(sides);
  }
  StatementEntry Shown(std::uint64_t number, const std::string& member, std::uint64_t size) const {
    const Entry& entry = entries_[number - 1];
    const bool receives = entry.recipient == member;
    const Side& own = receives ? sides_[number - 1].recipient : sides_[number - 1].sender;
    StatementEntry shown;
    shown.set_number(number);
    shown.set_time_ms(entry.time_ms);
    shown.set_kind(entry.kind);
    shown.set_sender(entry.sender);
    shown.set_sender_name(entry.sender_name);
    shown.set_recipient(entry.recipient);
    shown.set_recipient_name(entry.recipient_name);
    shown.set_zoobars(entry.zoobars);
    shown.set_by_program(entry.by_program);
    shown.set_ordinal(own.ordinal);
    shown.set_balance(own.after);
    shown.set_salt(own.salt.text());
    if (!entry.sender.empty()) shown.set_other_side((receives ? entry.sender_side : entry.recipient_side).text());
    shown.set_stored(entry.stored.text());
    for (const Hash& hash : ProveInclusion(number - 1, size, Reader(size))) shown.add_proof(hash.text());
    return shown;
  }
  Hash Of(unsigned level, std::uint64_t index) const {
    if (level == 0) return leaves_[index];
    const auto key = std::pair(level, index);
    const auto found = cache_.find(key);
    if (found != cache_.end()) return found->second;
    const Hash left = Of(level - 1, 2 * index);
    return cache_[key] = NodeHash(left, Of(level - 1, 2 * index + 1));
  }

  const std::uint64_t fork_;
  std::vector<std::string> names_;
  std::map<std::string, Held> held_;
  std::vector<Entry> entries_;
  std::vector<Sides> sides_;
  std::vector<Hash> leaves_;
  mutable std::map<std::pair<unsigned, std::uint64_t>, Hash> cache_;
};

}  // namespace zoobar::journal
