// What members and the operator see when the bank has no room: for the many acts of one member, or on its disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

// A small file system at `path`. It is unmounted whatever happens to the test.
class SmallDisk {
 public:
  SmallDisk(std::string path, const char* options) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, options) == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  // Writes until not one more byte fits.
  void Fill() {
    std::ofstream file(ballast(), std::ios::binary);
    for (std::size_t size = 1 << 20; size > 0; size /= 2) {
      const std::string bytes(size, 'x');
      while (file.write(bytes.data(), static_cast<std::streamsize>(size)).flush()) continue;
      file.clear();
    }
  }
  void MakeRoom() { std::filesystem::remove(ballast()); }

 private:
  std::string ballast() const { return path_ + "/ballast"; }

  std::string path_;
  bool mounted_ = false;
};

class RoomTest : public testing::Test {
 protected:
  // A member whose account at the bank is open.
  Browser Member(const std::string& name) {
    Browser member = site_.NewMember(name);
    EXPECT_GE(member.Balance(), 0);
    return member;
  }
  LiveSite site_;
};

TEST_F(RoomTest, AMemberInHasteIsToldTheLimitAndOthersAreNotHeldUp) {
  site_.settings.push_back("bank { acts_burst: 3 acts_per_hour: 1 }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = Member("alice"), bob = Member("bob");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
  const Answer refused = alice.Pay("bob", "1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.Has("A member may make 3 at once, and then 1 an hour")) << refused.body;
  EXPECT_TRUE(refused.Has("No zoobars were sent")) << refused.body;
  const int wait = std::atoi(refused.Field("Retry-After").c_str());
  EXPECT_GT(wait, 3000);
  EXPECT_LE(wait, 3600);
  EXPECT_EQ(alice.Balance(), 7);
  EXPECT_TRUE(bob.Pay("alice", "1").Has("Sent 1 zoobars"));
}

TEST_F(RoomTest, OnAFullDiskNothingMovesAndItIsSaidUntilThereIsRoomAgain) {
  SmallDisk disk(site_.state(), "size=16m,mode=0755");
  ASSERT_TRUE(disk.mounted());
  site_.settings.push_back("bank { initial_zoobars: 1000 }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = Member("alice"), bob = Member("bob");
  ASSERT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
  disk.Fill();
  long sent = 1;
  Answer last;
  // At first there is still free space inside the bank's file.
  while (sent < 900 && (last = alice.Pay("bob", "1")).Has("Sent 1 zoobars")) ++sent;
  EXPECT_EQ(last.status, 503);
  EXPECT_TRUE(last.Has("disk is full. No zoobars were sent")) << last.body;
  EXPECT_FALSE(last.Has("Not confirmed yet"));
  EXPECT_EQ(last.Field("Retry-After"), "60");
  EXPECT_EQ(alice.Balance(), 1000 - sent);
  EXPECT_EQ(bob.Balance(), 1000 + sent);
  const Ended status = site_.Ctl({"status"});
  EXPECT_THAT(status.output, testing::ContainsRegex("\nbank 0: .*store\\.no_room [1-9]"));
  disk.MakeRoom();
  EXPECT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
  EXPECT_EQ(bob.Balance(), 1001 + sent);
  EXPECT_EQ(site_.Ctl({"verify"}).status, 0);
  EXPECT_EQ(site_.Stop(), 0);
}

// Each store first uses the free space inside its file, and then finds the disk full.
TEST_F(RoomTest, OnAFullDiskNothingElseIsDoneEitherAndEachPageSaysWhy) {
  SmallDisk disk(site_.state(), "size=16m,mode=0755");
  ASSERT_TRUE(disk.mounted());
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = Member("alice");
  ASSERT_EQ(alice.Save("before").status, 200);
  disk.Fill();
  const auto expect_no_room = [](const Answer& answer) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.Has("The disk of this site is full. Your request was not carried out.")) << answer.body;
    EXPECT_EQ(answer.Field("Retry-After"), "60");
  };
  Answer last;
  std::string saved = "before";
  for (int i = 0; i < 50; ++i) {
    const std::string text(20'000, static_cast<char>('a' + i % 26));
    last = alice.Save(text);
    if (last.status != 200) break;
    saved = text;
  }
  expect_no_room(last);
  EXPECT_TRUE(alice.Look("alice").Has(saved));
  std::string name;
  for (int i = 0; i < 50; ++i) {
    name = "new" + std::to_string(i);
    last = site_.NewBrowser().Register(name, kPassword, kHome);
    if (last.status != 303) break;
  }
  expect_no_room(last);
  disk.MakeRoom();
  EXPECT_EQ(site_.NewBrowser().Register(name, kPassword, kHome).status, 303) << "it was not done before";
  EXPECT_EQ(alice.Save("after").status, 200);
  EXPECT_EQ(site_.Stop(), 0);
}

}  // namespace
}  // namespace zoobar
