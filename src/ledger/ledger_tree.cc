#include "ledger/ledger_tree.h"

#include <map>
#include <memory>
#include <utility>

#include "store/keys.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kPiece = 64;  // how many subtrees of level 4 Fill writes in one transaction
constexpr std::size_t kKeySize = 1 + kNumberSize;

std::string TreeKey(unsigned level, std::uint64_t index) {
  return JoinedKey(std::string(1, static_cast<char>(level)), NumberKey(index));
}

}  // namespace

journal::Entry JournalEntryOf(std::uint64_t number, std::string_view stored, const StoredEntry& entry) {
  const journal::Salts salts = journal::SaltsOf(entry.act());
  journal::Entry leaf;
  leaf.number = number;
  leaf.kind = static_cast<std::uint32_t>(entry.kind());
  leaf.time_ms = entry.time_ms();
  leaf.zoobars = entry.zoobars();
  leaf.by_program = entry.has_program();
  leaf.sender = entry.sender();
  leaf.sender_name = entry.sender_name();
  leaf.recipient = entry.recipient();
  leaf.recipient_name = entry.recipient_name();
  if (!entry.sender().empty())
    leaf.sender_side = journal::Side{salts.sender, entry.sender_ordinal(), entry.sender_after()}.hash();
  leaf.recipient_side = journal::Side{salts.recipient, entry.recipient_ordinal(), entry.recipient_after()}.hash();
  leaf.stored = journal::StoredHash(stored);
  leaf.about = entry.about();
  leaf.expires_ms = entry.expires_ms();
  leaf.note = entry.note();
  return leaf;
}

journal::Hash JournalLeafOf(std::uint64_t number, std::string_view stored) {
  StoredEntry entry;
  if (!entry.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) entry.Clear();
  return journal::LeafOf(JournalEntryOf(number, stored, entry));
}

std::optional<journal::Hash> LedgerTree::Leaf(const ReadTransaction& tx, std::uint64_t number) const {
  const std::optional<std::string_view> stored = tx.Get(journal_, NumberKey(number));
  if (!stored) return std::nullopt;
  return JournalLeafOf(number, *stored);
}

std::optional<journal::Hash> LedgerTree::Stored(const ReadTransaction& tx, unsigned level, std::uint64_t index) const {
  const std::optional<std::string_view> stored = tx.Get(tree_, TreeKey(level, index));
  return stored ? journal::Hash::Of(*stored) : std::nullopt;
}

// Computes the hash of a subtree of a level that is stored, from the 16 hashes below it.
std::optional<journal::Hash> LedgerTree::Tile(const ReadTransaction& tx, unsigned level, std::uint64_t index) const {
  journal::RunningTree tree;
  for (std::uint64_t i = index * kTile; i < (index + 1) * kTile; ++i) {
    const std::optional<journal::Hash> below = level == kLevels ? Leaf(tx, i + 1) : Stored(tx, level - kLevels, i);
    if (!below) return std::nullopt;
    tree.Add(*below);
  }
  return tree.Root();
}

// Writes the hashes of all subtrees that end with the leaf before `size`. Returns false if something is missing.
bool LedgerTree::AddEnding(WriteTransaction& tx, std::uint64_t size) const {
  for (unsigned level = kLevels; level < 64 && size % (std::uint64_t{1} << level) == 0; level += kLevels) {
    const std::uint64_t index = (size >> level) - 1;
    const std::optional<journal::Hash> hash = Tile(tx, level, index);
    if (!hash) return false;
    tx.Put(tree_, TreeKey(level, index), hash->view());
  }
  return true;
}

void LedgerTree::Append(WriteTransaction& tx, std::uint64_t number) const { AddEnding(tx, number); }

std::uint64_t LedgerTree::Size(const ReadTransaction& tx) const { return tx.Count(journal_); }

std::uint64_t LedgerTree::CountFor(std::uint64_t size) {
  std::uint64_t count = 0;
  for (std::uint64_t of_level = size / kTile; of_level > 0; of_level /= kTile) count += of_level;
  return count;
}

bool LedgerTree::Complete(const ReadTransaction& tx) const { return Count(tx) == CountFor(Size(tx)); }

std::uint64_t LedgerTree::FirstMissing(const ReadTransaction& tx) const {
  std::uint64_t index = 0;
  Cursor cursor(tx, tree_);
  for (bool at = cursor.AtOrAfter(TreeKey(kLevels, 0)); at && cursor.key() == TreeKey(kLevels, index);
       at = cursor.Next()) {
    ++index;
  }
  return index == Size(tx) / kTile ? 0 : index;
}

std::optional<std::uint64_t> LedgerTree::Fill(WriteTransaction& tx, std::uint64_t index) const {
  const std::uint64_t tiles = Size(tx) / kTile;
  for (std::uint64_t left = kPiece; left > 0 && index < tiles; --left) {
    if (!AddEnding(tx, ++index * kTile)) return std::nullopt;
  }
  return index < tiles ? std::optional(index) : std::nullopt;
}

// The hashes that one Reader has computed. Proofs of neighbours need almost the same ones.
class LedgerTree::Memory {
 public:
  Memory(const LedgerTree& tree, const ReadTransaction& tx) : tree_(tree), tx_(tx) {}

  journal::Hash Subtree(unsigned level, std::uint64_t index) {
    const auto found = known_.find({level, index});
    if (found != known_.end()) return found->second;
    const journal::Hash hash = Compute(level, index);
    if (known_.size() < kMost) known_.emplace(std::pair(level, index), hash);
    return hash;
  }

 private:
  static constexpr std::size_t kMost = 65536;  // about 8 MB

  journal::Hash Compute(unsigned level, std::uint64_t index) {
    if (level % kLevels != 0) {
      const journal::Hash left = Subtree(level - 1, 2 * index);
      return journal::NodeHash(left, Subtree(level - 1, 2 * index + 1));
    }
    const std::optional<journal::Hash> hash = level == 0 ? tree_.Leaf(tx_, index + 1) : tree_.Stored(tx_, level, index);
    if (!hash) tx_.FailDamaged(tree_.tree_, TreeKey(level, index));
    return hash.value_or(journal::Hash());
  }

  const LedgerTree& tree_;
  const ReadTransaction& tx_;
  std::map<std::pair<unsigned, std::uint64_t>, journal::Hash> known_;
};

journal::Subtrees LedgerTree::Reader(const ReadTransaction& tx) const {
  static_assert(kKeySize <= kMaxKeySize);
  return [memory = std::make_shared<Memory>(*this, tx)](unsigned level, std::uint64_t index) {
    return memory->Subtree(level, index);
  };
}

}  // namespace zoobar
