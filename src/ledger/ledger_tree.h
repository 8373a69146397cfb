// The Merkle tree over the journal (journal/tree.h), as the ledger keeps it. Callers use Ledger.
//
// The leaf with index N - 1 is the one of entry N (journal/entry.h). The table `tree` has the hash of each complete
// subtree of 16, 256, 4096 ... leaves: of the levels 4, 8, 12 and so on. All other hashes are computed from these and from
// entries when they are needed, at most 15 at each level. So a transfer writes nothing to the tree, except each sixteenth,
// which writes one hash; and there is no second place that says how long the journal is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "journal/entry.h"
#include "store/transaction.h"
#include "stored.pb.h"

namespace zoobar {

// Makes the leaf's fields of a stored entry. If the stored bytes cannot be parsed, only their hash and the number count.
journal::Entry JournalEntryOf(std::uint64_t number, std::string_view stored, const StoredEntry& entry);
// Returns the balance after the entry of the member, who is one of its two.
inline std::int64_t BalanceAfter(const StoredEntry& entry, std::string_view member) {
  return entry.recipient() == member ? entry.recipient_after() : entry.sender_after();
}
journal::Hash JournalLeafOf(std::uint64_t number, std::string_view stored);

class LedgerTree {
 public:
  static constexpr unsigned kLevels = 4;  // of each stored hash above the next lower ones
  static constexpr std::uint64_t kTile = 1u << kLevels;

  LedgerTree(Table journal, Table tree) : journal_(journal), tree_(tree) {}

  // Entry `number` has just been added. Writes the hashes of the subtrees that it completes. If something of them is
  // missing, writes nothing: a transfer must not fail because of the tree.
  void Append(WriteTransaction& tx, std::uint64_t number) const;

  std::uint64_t Size(const ReadTransaction& tx) const;
  // Whether no hash is missing.
  bool Complete(const ReadTransaction& tx) const;
  // The index of the first subtree of level 4 that is missing; 0 if none of this level is.
  std::uint64_t FirstMissing(const ReadTransaction& tx) const;
  // Writes the hashes of some subtrees of level 4, from this index on, and of the larger ones that end with them.
  // Returns the index after them, or nothing if there is none left, or if an entry is missing.
  std::optional<std::uint64_t> Fill(WriteTransaction& tx, std::uint64_t index) const;

  // A function for journal/tree.h, which remembers what it has computed. If a hash is missing, the transaction fails.
  journal::Subtrees Reader(const ReadTransaction& tx) const;
  // The stored hash; nothing if there is none.
  std::optional<journal::Hash> Stored(const ReadTransaction& tx, unsigned level, std::uint64_t index) const;
  std::uint64_t Count(const ReadTransaction& tx) const { return tx.Count(tree_); }
  // How many hashes the tree of this size has in the table.
  static std::uint64_t CountFor(std::uint64_t size);

 private:
  class Memory;
  bool AddEnding(WriteTransaction& tx, std::uint64_t size) const;
  std::optional<journal::Hash> Leaf(const ReadTransaction& tx, std::uint64_t number) const;
  std::optional<journal::Hash> Tile(const ReadTransaction& tx, unsigned level, std::uint64_t index) const;

  Table journal_, tree_;
};

}  // namespace zoobar
