// The copiers of a backup, with a store that somebody has damaged on purpose. A copier may end in any way, but the
// backup must go on to an Error or to an end, in bounded time and memory.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "backup/store_copies.h"
#include "live_site/live_site.h"

namespace zoobar {
namespace {

TEST(CopierConfinement, ADamagedStoreEndsItsCopierAndNothingElse) {
  LiveSite site;
  ASSERT_TRUE(site.Start()) << site.Output();
  for (const char* name : {"alice", "bob", "carol"}) site.NewMember(name);
  ASSERT_EQ(site.Stop(), 0);
  const std::string path = site.state() + "/bank/store/data.mdb", whole = ReadWhole(path);
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  int refused = 0;
  for (int round = 0; round < 100; ++round) {
    std::string damaged = whole;
    // The first pages tell LMDB where everything is, so they are hit more often.
    for (int hits = round % 20 + 1; hits > 0; --hits) {
      const std::size_t end = hits % 2 ? damaged.size() : std::min<std::size_t>(damaged.size(), 8 * 4096);
      damaged[random() % end] = static_cast<char>(random());
    }
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
        .write(damaged.data(), static_cast<std::streamsize>(damaged.size()));
    backup::StoreCopies copies;
    Status status = copies.Start(site.state());
    if (status.ok()) status = copies.Begin();
    std::size_t bytes = 0;
    for (const std::string_view role : backup::kStores) {
      if (!status.ok()) break;
      status = copies.Read(role, [&bytes](const backup::StoreCopies::Record& record) -> Status {
        bytes += record.content.size();
        return {};
      });
    }
    EXPECT_LT(bytes, std::size_t{64} << 20);
    refused += status.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 0) << "no damage was found, so the test damages nothing that matters";
}

}  // namespace
}  // namespace zoobar
