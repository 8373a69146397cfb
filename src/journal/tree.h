// The Merkle tree of RFC 9162, section 2.1, with SHA-256: roots, inclusion proofs and consistency proofs. A leaf is
// hashed with the byte 0 in front, and a node with the byte 1, so that no leaf can be taken for a node.
//
// The functions keep nothing. Whoever has the tree gives a function Subtrees, which returns the hash of a complete
// subtree: the one of level L and index I covers the leaves from I * 2^L to (I + 1) * 2^L - 1, counted from 0. The
// functions ask only for subtrees whose leaves all exist.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"

namespace zoobar::journal {

inline constexpr std::size_t kHashBytes = 32;

struct Hash {
  std::array<unsigned char, kHashBytes> bytes{};
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  std::string text() const { return std::string(view()); }
  // Returns nothing if `from` does not have kHashBytes bytes.
  static std::optional<Hash> Of(std::string_view from);
  friend bool operator==(const Hash&, const Hash&) = default;
};

// The plain SHA-256 of some bytes.
Hash Sha256(std::string_view bytes);
Hash LeafHash(std::string_view data);
Hash NodeHash(const Hash& left, const Hash& right);

using Subtrees = std::function<Hash(unsigned level, std::uint64_t index)>;

// The root of the first `size` leaves. An empty tree has the hash of nothing as its root.
Hash RootOf(std::uint64_t size, const Subtrees& subtrees);
// Precondition: index < size.
std::vector<Hash> ProveInclusion(std::uint64_t index, std::uint64_t size, const Subtrees& subtrees);
// Proves that the tree of `size` leaves begins with the leaves of the one of `old_size`. Precondition: old_size <=
// size. The proof is empty if the sizes are equal or if old_size is 0.
std::vector<Hash> ProveConsistency(std::uint64_t old_size, std::uint64_t size, const Subtrees& subtrees);

// RFC 9162, 2.1.3.2 and 2.1.4.2. They take any values, and return an Error that says what is wrong. A proof that has
// more or fewer hashes than it must have is wrong.
Status CheckInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const std::vector<Hash>& proof,
                      const Hash& root);
Status CheckConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        const std::vector<Hash>& proof);

// Computes roots while leaves are added one after the other. It needs memory for one hash per level.
class RunningTree {
 public:
  void Add(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash Root() const;
  // After Add: the hash of the complete subtree of this level that ended with the last leaf. Precondition: there is one,
  // which means that size() is a multiple of 2^level, and not 0.
  const Hash& Ended(unsigned level) const { return ended_[level]; }

 private:
  std::uint64_t size_ = 0;
  std::array<Hash, 64> whole_, ended_;  // whole_[level] is used where size_ has that bit
};

}  // namespace zoobar::journal
