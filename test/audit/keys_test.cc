#include "audit/keys.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>
#include <string>

namespace zoobar::audit {
namespace {

const Key kSecret(std::string(kKeyBytes, 'k'));

std::string Text(const Key& key) { return std::string(key.bytes()); }

TEST(AuditKeys, NoTwoLinesEpochsStartsOrLogsHaveOneKey) {
  std::set<std::string> keys;
  std::size_t count = 0;
  for (const char* log : {"audit", "money"}) {
    for (std::uint64_t start : {1, 2, 11}) {
      EpochKeys epochs(KeyOfStart(kSecret, log, start));
      for (int epoch = 0; epoch < 3; ++epoch) {
        LineKeys lines(epochs.Take());
        for (std::uint64_t line = 0; line < 2 * kBlockLines + 5; ++line, ++count) {
          keys.insert(Text(lines.key()));
          lines.Advance();
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), count);
}

TEST(AuditKeys, AJumpLeadsToTheKeyToWhichStepsLead) {
  const Key epoch = EpochKeys(KeyOfStart(kSecret, "audit", 1)).Take();
  for (const std::uint64_t from : {0ul, 1ul, 4095ul, 4096ul, 5000ul}) {
    for (const std::uint64_t to : {5000ul, 8191ul, 8192ul, 8193ul, 20000ul}) {
      LineKeys steps(epoch), jump(epoch);
      for (std::uint64_t i = 0; i < from; ++i) steps.Advance();
      jump.AdvanceTo(from);
      EXPECT_EQ(Text(steps.key()), Text(jump.key()));
      EXPECT_LE(jump.StepsTo(to), 2 * 5 + kBlockLines);
      while (steps.line() < to) steps.Advance();
      jump.AdvanceTo(to);
      EXPECT_EQ(jump.line(), to);
      EXPECT_EQ(Text(steps.key()), Text(jump.key())) << from << " " << to;
    }
  }
}

TEST(AuditKeys, ASkippedEpochChangesNothingForTheNext) {
  EpochKeys taken(KeyOfStart(kSecret, "audit", 3)), skipped(KeyOfStart(kSecret, "audit", 3));
  taken.Take();
  skipped.Skip();
  EXPECT_EQ(taken.next(), 2u);
  EXPECT_EQ(skipped.next(), 2u);
  EXPECT_EQ(Text(taken.Take()), Text(skipped.Take()));
}

// A known value, so that no change of the code makes old logs unverifiable without being noticed. It was computed with
// Python's hashlib.blake2b.
TEST(AuditKeys, ASealIsAKeyedBlake2bWithItsPurpose) {
  EXPECT_EQ(HexOf(SealOf(kSecret, "text")), "850a0df3b79c6280f63490424c03c51b");
  LineKeys lines(EpochKeys(KeyOfStart(kSecret, "audit", 7)).Take());
  lines.AdvanceTo(4098);
  EXPECT_EQ(HexOf(SealOf(lines.key(), "text")), "9f015fd83cf364b2ae9141eede332d76");
}

}  // namespace
}  // namespace zoobar::audit
