#include "journal/tree.h"

#include <sodium.h>

#include <algorithm>
#include <bit>

namespace zoobar::journal {
namespace {

static_assert(kHashBytes == crypto_hash_sha256_BYTES);

constexpr unsigned char kLeaf = 0, kNode = 1;

const unsigned char* Unsigned(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// The root of `count` leaves from the leaf `begin` on, which is a multiple of the largest power of two in `count`.
Hash RootOfRange(std::uint64_t begin, std::uint64_t count, const Subtrees& subtrees) {
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return subtrees(level, begin >> level);
  }
  const std::uint64_t left = std::bit_floor(count);
  return NodeHash(RootOfRange(begin, left, subtrees), RootOfRange(begin + left, count - left, subtrees));
}

// The largest power of two below `count`, which is at least 2.
std::uint64_t Split(std::uint64_t count) { return std::bit_floor(count - 1); }

const Error kWrongLength{"the proof has a wrong number of hashes"};

}  // namespace

std::optional<Hash> Hash::Of(std::string_view from) {
  if (from.size() != kHashBytes) return std::nullopt;
  Hash hash;
  std::ranges::copy(from, hash.bytes.begin());
  return hash;
}

Hash Sha256(std::string_view bytes) {
  Hash hash;
  crypto_hash_sha256(hash.bytes.data(), Unsigned(bytes), bytes.size());
  return hash;
}

Hash LeafHash(std::string_view data) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, &kLeaf, 1);
  crypto_hash_sha256_update(&state, Unsigned(data), data.size());
  Hash hash;
  crypto_hash_sha256_final(&state, hash.bytes.data());
  return hash;
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<unsigned char, 1 + 2 * kHashBytes> node;
  node[0] = kNode;
  std::ranges::copy(left.bytes, node.begin() + 1);
  std::ranges::copy(right.bytes, node.begin() + 1 + kHashBytes);
  Hash hash;
  crypto_hash_sha256(hash.bytes.data(), node.data(), node.size());
  return hash;
}

Hash RootOf(std::uint64_t size, const Subtrees& subtrees) {
  return size == 0 ? Sha256({}) : RootOfRange(0, size, subtrees);
}

std::vector<Hash> ProveInclusion(std::uint64_t index, std::uint64_t size, const Subtrees& subtrees) {
  std::vector<Hash> proof;  // from the root down; RFC 9162 begins at the leaf
  proof.reserve(64);
  for (std::uint64_t begin = 0; size > 1;) {
    const std::uint64_t left = Split(size);
    if (index < left) {
      proof.push_back(RootOfRange(begin + left, size - left, subtrees));
      size = left;
    } else {
      proof.push_back(RootOfRange(begin, left, subtrees));
      begin += left;
      index -= left;
      size -= left;
    }
  }
  std::ranges::reverse(proof);
  return proof;
}

std::vector<Hash> ProveConsistency(std::uint64_t old_size, std::uint64_t size, const Subtrees& subtrees) {
  std::vector<Hash> proof;  // from the root down
  if (old_size == 0 || old_size == size) return proof;
  proof.reserve(64);
  std::uint64_t begin = 0;
  bool known = true;  // whether the part of the old tree that is left is all of it, so that its root is known
  while (old_size != size) {
    const std::uint64_t left = Split(size);
    if (old_size <= left) {
      proof.push_back(RootOfRange(begin + left, size - left, subtrees));
      size = left;
    } else {
      proof.push_back(RootOfRange(begin, left, subtrees));
      begin += left;
      old_size -= left;
      size -= left;
      known = false;
    }
  }
  if (!known) proof.push_back(RootOfRange(begin, size, subtrees));
  std::ranges::reverse(proof);
  return proof;
}

Status CheckInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const std::vector<Hash>& proof,
                      const Hash& root) {
  if (index >= size) return Error::Of("leaf {} is not in a tree of {}", index, size);
  std::uint64_t fn = index, sn = size - 1;
  Hash r = leaf;
  for (const Hash& p : proof) {
    if (sn == 0) return kWrongLength;
    if ((fn & 1) != 0 || fn == sn) {
      r = NodeHash(p, r);
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      r = NodeHash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return kWrongLength;
  if (r != root) return Error{"the proof leads to another root"};
  return {};
}

Status CheckConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        const std::vector<Hash>& proof) {
  if (old_size > size) return Error::Of("a tree of {} has become one of {}", old_size, size);
  if (old_size == size || old_size == 0) {
    if (!proof.empty()) return kWrongLength;
    const bool same = old_size == 0 ? old_root == Sha256({}) : old_root == root;
    return same ? Status() : Status(Error{"the roots of one size differ"});
  }
  if (proof.empty()) return kWrongLength;
  // If the old tree is one complete subtree, its root is the first hash of the proof.
  const bool complete = std::has_single_bit(old_size);
  std::size_t next = complete ? 0 : 1;
  std::uint64_t fn = old_size - 1, sn = size - 1;
  for (; (fn & 1) != 0; fn >>= 1) sn >>= 1;
  Hash fr = complete ? old_root : proof[0], sr = fr;
  for (; next < proof.size(); ++next) {
    const Hash& c = proof[next];
    if (sn == 0) return kWrongLength;
    if ((fn & 1) != 0 || fn == sn) {
      fr = NodeHash(c, fr);
      sr = NodeHash(c, sr);
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      sr = NodeHash(sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return kWrongLength;
  if (fr != old_root) return Error{"the proof does not lead to the older root: the history was changed"};
  if (sr != root) return Error{"the proof does not lead to the newer root"};
  return {};
}

void RunningTree::Add(const Hash& leaf) {
  Hash hash = leaf;
  unsigned level = 0;
  ended_[0] = hash;
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    hash = NodeHash(whole_[level], hash);
    ended_[++level] = hash;
  }
  whole_[level] = hash;
  ++size_;
}

Hash RunningTree::Root() const {
  std::optional<Hash> root;
  for (unsigned level = 0; level < whole_.size(); ++level) {
    if ((size_ >> level & 1) != 0) root = root ? NodeHash(whole_[level], *root) : whole_[level];
  }
  return root.value_or(Sha256({}));
}

}  // namespace zoobar::journal
