// Damaged files and full disks.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>

#include "store/environment_fixture.h"
#include "stored.pb.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

TEST_F(EnvironmentTest, AValueThatDoesNotParseIsAnErrorThatNamesIt) {
  Open();
  ASSERT_TRUE(PutNow("\x01k", "\xff\xff\xff").ok());
  auto damaged = environment_->Read(
      [&](ReadTransaction& tx) -> Result<bool> { return tx.GetMessage<StoredFormat>(a_, "\x01k").has_value(); });
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(damaged.error().text, HasSubstr("a: the entry 016b is damaged"));
  // In a group, only the write that met the damage fails.
  auto meets = [this](WriteTransaction& tx) -> Status {
    tx.GetMessage<StoredFormat>(a_, "\x01k");
    tx.Put(a_, "never", "x");
    return {};
  };
  Start(Put("before", "x"));
  Start(environment_->Write(std::move(meets)));
  Start(Put("after", "x"));
  WaitUntilAnswered(3);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), 2);
  EXPECT_EQ(Get("before"), "x");
  EXPECT_EQ(Get("after"), "x");
  EXPECT_EQ(Get("never"), "(none)");
}

TEST_F(EnvironmentTest, AFileCutShortIsAnErrorNotACrash) {
  Open();
  for (int i = 0; i < 200; ++i) Start(Put(fmt::format("{:03}", i), std::string(1500, 'x')));
  WaitUntilAnswered(200);
  environment_.reset();
  const std::string file = folder_.path() + "/data.mdb";
  const auto whole = std::filesystem::file_size(file);
  for (std::uintmax_t size = whole - whole % 4096; size >= 8192; size -= 4096) {
    std::filesystem::resize_file(file, size);
    auto opened = Environment::Open(loop_, Options());
    if (!opened.ok()) continue;
    const Table table = (*opened)->table("a");
    std::ignore = (*opened)->Read([&](ReadTransaction& tx) -> Result<bool> {
      Cursor cursor(tx, table);
      for (bool at = cursor.First(); at; at = cursor.Next()) continue;
      return true;
    });
  }
}

// For a child process: writes until a write fails because there is no room. Returns 0 if the error is clear, everything
// that was answered is there, and writing continues when there is room again.
int FillTheDisk(EnvironmentOptions options, const std::function<void()>& make_room) {
  Loop loop;
  auto opened = Environment::Open(loop, options);
  if (!opened.ok()) {
    fmt::print(stderr, "{}\n", opened.error().text);
    return 2;
  }
  Environment& environment = **opened;
  const Table table = environment.table("a");
  auto put = [&](int i) {
    auto act = [table, i](WriteTransaction& tx) -> Status {
      tx.Put(table, fmt::format("{:04}", i), std::string(20'000, 'x'));
      return {};
    };
    return WaitFor(loop, environment.Write(std::move(act)));
  };
  int kept = 0;
  Status status;
  while (kept < 1000 && (status = put(kept)).ok()) ++kept;
  if (kept < 5 || status.ok()) return 3;
  // Which text it is depends on whether a part of the last write found room.
  const std::string& text = status.error().text;
  const bool clear = text.find("or the disk is full") != std::string::npos ||
                     text.find("No space left on device") != std::string::npos ||
                     text.find("File too large") != std::string::npos;
  if (!clear || text.find("none is kept") == std::string::npos) {
    fmt::print(stderr, "{}\n", text);
    return 4;
  }
  if (!status.error().no_room() || environment.usage().no_room != 1) return 8;
  int told = 0;
  environment.OnNoRoom([&told](const Error& why) { told += why.no_room(); });
  if (put(kept).ok()) return 5;
  if (told != 1 || environment.usage().no_room != 2) return 9;
  make_room();
  if (!put(kept).ok()) return 6;
  Result<std::uint64_t> count =
      environment.Read([&](ReadTransaction& tx) -> Result<std::uint64_t> { return tx.Count(table); });
  return count.ok() && *count == static_cast<std::uint64_t>(kept) + 1 ? 0 : 7;
}

TEST_F(EnvironmentTest, ATooLargeFileIsAClearErrorWithoutLoss) {
  EnvironmentOptions options = Options();
  Child child([&] {
    const rlimit small{400'000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &small);
    return FillTheDisk(options, [] {
      const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
      setrlimit(RLIMIT_FSIZE, &unlimited);
    });
  });
  EXPECT_EQ(child.Wait(), 0);
  Open();
  EXPECT_EQ(Get("0000").size(), 20'000u);
}

TEST_F(EnvironmentTest, AFullDiskIsAClearErrorWithoutLoss) {
  EnvironmentOptions options = Options();
  Child child([&] {
    // A tmpfs of its own, in namespaces of its own: this needs no privilege and leaves nothing behind.
    const std::string users = fmt::format("0 {} 1", geteuid()), groups = fmt::format("0 {} 1", getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 10;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << users;
    std::ofstream("/proc/self/gid_map") << groups;
    if (mount("tmpfs", options.folder.c_str(), "tmpfs", 0, "size=400k,mode=0700") != 0) return 11;
    return FillTheDisk(options, [&] { mount("tmpfs", options.folder.c_str(), "tmpfs", MS_REMOUNT, "size=4m"); });
  });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace zoobar
