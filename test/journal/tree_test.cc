// The tree against the published values of certificate-transparency (github.com/google/certificate-transparency-go and
// github.com/transparency-dev/merkle, testonly/reference.go: the eight leaves and the roots of all sizes), and against a
// second implementation by the definitions of RFC 9162 for all sizes up to a hundred.
#include "journal/tree.h"

#include <gtest/gtest.h>

#include <map>

#include "ipc/bytes.h"

namespace zoobar::journal {
namespace {

// RFC 9162, 2.1.1: MTH by its definition.
Hash Definition(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return Sha256({});
  if (end - begin == 1) return leaves[begin];
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  return NodeHash(Definition(leaves, begin, begin + k), Definition(leaves, begin + k, end));
}

struct Grown {
  explicit Grown(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) leaves.push_back(LeafHash("leaf " + std::to_string(i)));
  }
  Hash operator()(unsigned level, std::uint64_t index) {
    const auto key = std::pair(level, index);
    if (const auto found = cache.find(key); found != cache.end()) return found->second;
    const std::size_t begin = index << level, end = (index + 1) << level;
    EXPECT_LE(end, leaves.size()) << "asked for a subtree that is not complete";
    return cache[key] = Definition(leaves, begin, end);
  }
  Subtrees Reader() {
    return [this](unsigned level, std::uint64_t index) { return (*this)(level, index); };
  }
  std::vector<Hash> leaves;
  std::map<std::pair<unsigned, std::uint64_t>, Hash> cache;
};

std::string FromHexText(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr, nullptr,
                 nullptr);
  return bytes;
}

TEST(MerkleTree, HasThePublishedRoots) {
  const std::string inputs[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::string roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  RunningTree tree;
  EXPECT_EQ(ToHex(tree.Root().view()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < std::size(inputs); ++i) {
    tree.Add(LeafHash(FromHexText(inputs[i])));
    EXPECT_EQ(ToHex(tree.Root().view()), roots[i]) << "size " << i + 1;
  }
}

TEST(MerkleTree, RootsAreThoseOfTheDefinition) {
  Grown grown(130);
  RunningTree running;
  for (std::size_t size = 0; size <= grown.leaves.size(); ++size) {
    const Hash root = Definition(grown.leaves, 0, size);
    EXPECT_EQ(RootOf(size, grown.Reader()), root);
    EXPECT_EQ(running.Root(), root);
    if (size == grown.leaves.size()) break;
    running.Add(grown.leaves[size]);
    for (unsigned level = 0; (size + 1) % (1u << level) == 0 && level < 7; ++level) {
      EXPECT_EQ(running.Ended(level), grown(level, size >> level));
    }
  }
}

TEST(MerkleTree, EveryInclusionIsProvedAndNothingElse) {
  Grown grown(100);
  for (std::uint64_t size = 1; size <= grown.leaves.size(); ++size) {
    const Hash root = RootOf(size, grown.Reader());
    for (std::uint64_t index = 0; index < size; ++index) {
      std::vector<Hash> proof = ProveInclusion(index, size, grown.Reader());
      const Hash& leaf = grown.leaves[index];
      ASSERT_TRUE(CheckInclusion(leaf, index, size, proof, root).ok()) << index << " of " << size;
      EXPECT_FALSE(CheckInclusion(leaf, (index + 1) % size, size, proof, root).ok() && size > 1);
      EXPECT_FALSE(CheckInclusion(leaf, size + index, size, proof, root).ok());
      EXPECT_FALSE(CheckInclusion(LeafHash("another"), index, size, proof, root).ok());
      for (std::size_t i = 0; i < proof.size(); ++i) {
        std::vector<Hash> changed = proof;
        changed[i].bytes[i % kHashBytes] ^= 4;
        EXPECT_FALSE(CheckInclusion(leaf, index, size, changed, root).ok());
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(CheckInclusion(leaf, index, size, changed, root).ok());
      }
      proof.push_back(Hash());
      EXPECT_FALSE(CheckInclusion(leaf, index, size, proof, root).ok());
    }
  }
}

TEST(MerkleTree, EveryConsistencyIsProvedAndNothingElse) {
  Grown grown(100);
  for (std::uint64_t size = 0; size <= grown.leaves.size(); ++size) {
    const Hash root = RootOf(size, grown.Reader());
    for (std::uint64_t old_size = 0; old_size <= size; ++old_size) {
      const Hash old_root = RootOf(old_size, grown.Reader());
      std::vector<Hash> proof = ProveConsistency(old_size, size, grown.Reader());
      ASSERT_TRUE(CheckConsistency(old_size, old_root, size, root, proof).ok()) << old_size << " to " << size;
      Hash forged = old_root;
      forged.bytes[7] ^= 1;
      EXPECT_FALSE(CheckConsistency(old_size, forged, size, root, proof).ok());
      EXPECT_FALSE(CheckConsistency(size + 1, old_root, size, root, proof).ok());
      for (std::size_t i = 0; i < proof.size(); ++i) {
        std::vector<Hash> changed = proof;
        changed[i].bytes[i % kHashBytes] ^= 4;
        EXPECT_FALSE(CheckConsistency(old_size, old_root, size, root, changed).ok());
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(CheckConsistency(old_size, old_root, size, root, changed).ok());
      }
      proof.push_back(Hash());
      EXPECT_FALSE(CheckConsistency(old_size, old_root, size, root, proof).ok());
    }
  }
}

// The subtrees of a large tree are asked for by their places alone, so a proof needs few of them.
TEST(MerkleTree, ProofsOfLargeTreesAreShort) {
  const std::uint64_t size = (std::uint64_t{1} << 40) + 12345;
  std::size_t asked = 0;
  const Subtrees subtrees = [&asked](unsigned level, std::uint64_t index) {
    ++asked;
    return LeafHash(std::to_string(level) + "." + std::to_string(index));
  };
  EXPECT_LE(ProveInclusion(77, size, subtrees).size(), 41u);
  EXPECT_LE(ProveConsistency(size / 3, size, subtrees).size(), 42u);
  EXPECT_LT(asked, 200u);
}

}  // namespace
}  // namespace zoobar::journal
