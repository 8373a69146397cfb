#include "store/social.h"

#include <gmock/gmock.h>

#include <limits>

#include "limits/programs.h"
#include "store/profiles.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Place = Social::Place;
using Door = Social::Door;
using Outcome = Social::Outcome;

constexpr std::int64_t kNow = 1'795'591'844'000;

std::string Id(std::string_view name) {
  std::string id(name);
  id.resize(16, '.');
  return id;
}

StoredAudience Only(std::vector<std::string> names) {
  StoredAudience to;
  for (const std::string& name : names) {
    StoredMember& member = *to.add_members();
    member.set_id(Id(name));
    member.set_name(name);
  }
  return to;
}

StoredAudience Everybody() {
  StoredAudience to;
  to.set_everybody(true);
  return to;
}

class SocialTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    social_.reset();
    profiles_.reset();
    auto opened = Profiles::Open(loop_, folder_.path(), Config::Store());
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    profiles_ = std::move(*opened);
    social_.emplace(profiles_->environment());
  }
  std::uint64_t Writes() const { return profiles_->environment().usage().writes; }

  void Look(std::string_view owner, std::string_view visitor, std::int64_t now_ms) {
    EXPECT_TRUE(WaitFor(loop_, social_->RecordVisit(Id(owner), Id(visitor), std::string(visitor), now_ms)).ok());
  }
  // As "bob 2": the visitor and how often. "closed" if the list is not shared.
  std::vector<std::string> Visits(std::string_view owner, std::string_view asker, std::size_t limit = 100) {
    auto visits = social_->Visits(Id(owner), Id(asker), limit);
    EXPECT_TRUE(visits.ok()) << visits.error().text;
    if (!visits->has_value()) return {"closed"};
    std::vector<std::string> list;
    for (const StoredVisit& visit : **visits) list.push_back(fmt::format("{} {}", visit.name(), visit.count()));
    return list;
  }
  void OpenDoor(std::string_view owner, Door door, StoredAudience to) {
    EXPECT_TRUE(WaitFor(loop_, social_->Open(Id(owner), door, std::move(to))).ok());
  }
  Social::Added Add(Place place, std::string_view owner, std::string_view author, std::string text,
                    std::int64_t time_ms = kNow, bool keep = true) {
    StoredPost post;
    post.mutable_author()->set_id(Id(author));
    post.mutable_author()->set_name(std::string(author));
    post.set_text(std::move(text));
    post.set_time_ms(time_ms);
    auto added = WaitFor(loop_, social_->Add(place, Id(owner), std::move(post), keep));
    EXPECT_TRUE(added.ok()) << added.error().text;
    return added.ok() ? *added : Social::Added{};
  }
  // As "bob: text", newest first. "closed" if the posts may not be read.
  std::vector<std::string> Posts(Place place, std::string_view owner, std::string_view asker,
                                 std::size_t limit = 1000) {
    auto posts = social_->Posts(place, Id(owner), Id(asker), limit);
    EXPECT_TRUE(posts.ok()) << posts.error().text;
    if (!posts->has_value()) return {"closed"};
    std::vector<std::string> list;
    for (const Social::Post& one : **posts) list.push_back(one.post.author().name() + ": " + one.post.text());
    return list;
  }
  Outcome Remove(Place place, std::string_view owner, std::string_view asker, std::uint64_t number, bool keep = true) {
    auto removed = WaitFor(loop_, social_->Remove(place, Id(owner), Id(asker), number, keep));
    EXPECT_TRUE(removed.ok()) << removed.error().text;
    return *removed;
  }
  Outcome Share(std::string_view owner, std::string path, StoredAudience to, bool keep = true) {
    auto shared = WaitFor(loop_, social_->ShareFile(Id(owner), std::move(path), std::move(to), keep));
    EXPECT_TRUE(shared.ok()) << shared.error().text;
    return *shared;
  }
  std::vector<std::string> Shared(std::string_view owner, std::string_view asker) {
    auto shared = social_->SharedFiles(Id(owner), Id(asker));
    EXPECT_TRUE(shared.ok()) << shared.error().text;
    std::vector<std::string> paths;
    for (const Social::Shared& one : *shared) paths.push_back(one.path);
    return paths;
  }
  bool MayRead(std::string_view owner, std::string_view path, std::string_view asker) {
    auto may = social_->MayRead(Id(owner), path, Id(asker));
    EXPECT_TRUE(may.ok()) << may.error().text;
    return *may;
  }

  TemporaryDirectory folder_;
  Loop loop_;
  std::unique_ptr<Profiles> profiles_;
  std::optional<Social> social_;
};

TEST_F(SocialTest, VisitsAreCountedByVisitorNewestFirst) {
  Look("alice", "bob", kNow);
  Look("alice", "carol", kNow + 1);
  Look("alice", "bob", kNow + 60'000);
  Look("dave", "bob", kNow);
  EXPECT_THAT(Visits("alice", "alice"), ElementsAre("bob 2", "carol 1"));
  EXPECT_THAT(Visits("alice", "alice", 1), ElementsAre("bob 2"));
  Open();
  EXPECT_THAT(Visits("alice", "alice"), ElementsAre("bob 2", "carol 1"));
}

TEST_F(SocialTest, LooksWithinAMinuteAreOneVisitAndOneWrite) {
  const std::uint64_t before = Writes();
  Look("alice", "bob", kNow);
  for (int i = 1; i < 10; ++i) Look("alice", "bob", kNow + i);
  Look("alice", "bob", kNow - 1);  // the clock was set back
  EXPECT_EQ(Writes(), before + 1);
  EXPECT_THAT(Visits("alice", "alice"), ElementsAre("bob 1"));
}

TEST_F(SocialTest, ALookAtOnesOwnProgramIsNoVisit) {
  const std::uint64_t before = Writes();
  Look("alice", "alice", kNow);
  EXPECT_EQ(Writes(), before);
  EXPECT_THAT(Visits("alice", "alice"), IsEmpty());
}

TEST_F(SocialTest, WhoCameLongestAgoMakesRoomForANewVisitor) {
  Look("zed", "first", kNow);  // another owner, whose entries follow in the table
  for (std::size_t i = 0; i < ProgramLimits::kVisitorsKept; ++i)
    Look("alice", fmt::format("v{}", i), kNow + static_cast<std::int64_t>(i));
  Look("alice", "v0", kNow + 100'000);
  Look("alice", "new", kNow + 200'000);
  const auto visits = Visits("alice", "alice");
  ASSERT_EQ(visits.size(), ProgramLimits::kVisitorsKept);
  EXPECT_EQ(visits[0], "new 1");
  EXPECT_EQ(visits[1], "v0 2");
  EXPECT_EQ(visits.back(), "v2 1");
  EXPECT_THAT(Visits("zed", "zed"), ElementsAre("first 1"));
}

TEST_F(SocialTest, VisitsAreReadByTheirOwnerAndByThoseTheyAreSharedWith) {
  Look("alice", "bob", kNow);
  EXPECT_THAT(Visits("alice", "bob"), ElementsAre("closed"));
  OpenDoor("alice", Door::kVisits, Only({"carol"}));
  EXPECT_THAT(Visits("alice", "bob"), ElementsAre("closed")) << "having visited is no leave";
  EXPECT_THAT(Visits("alice", "carol"), ElementsAre("bob 1"));
  OpenDoor("alice", Door::kVisits, Everybody());
  EXPECT_THAT(Visits("alice", "bob"), ElementsAre("bob 1"));
  OpenDoor("alice", Door::kVisits, StoredAudience());
  EXPECT_THAT(Visits("alice", "carol"), ElementsAre("closed"));
  EXPECT_THAT(Visits("alice", "alice"), ElementsAre("bob 1"));
}

TEST_F(SocialTest, EachDoorIsOpenedByItself) {
  OpenDoor("alice", Door::kWall, Everybody());
  EXPECT_THAT(Visits("alice", "bob"), ElementsAre("closed"));
  EXPECT_EQ(Add(Place::kMessages, "alice", "bob", "hi").outcome, Outcome::kNotAllowed);
  EXPECT_EQ(Add(Place::kWall, "alice", "bob", "hi").outcome, Outcome::kDone);
  EXPECT_EQ(Add(Place::kWall, "bob", "alice", "hi").outcome, Outcome::kNotAllowed) << "a door opens one way";
}

TEST_F(SocialTest, WhomADoorIsOpenToIsWhatWasSaidLast) {
  OpenDoor("alice", Door::kWall, Only({"bob", "carol"}));
  OpenDoor("alice", Door::kWall, Only({"dave"}));
  const auto to = social_->OpenTo(Id("alice"), Door::kWall);
  ASSERT_TRUE(to.ok());
  EXPECT_EQ(to->SerializeAsString(), Only({"dave"}).SerializeAsString());
  EXPECT_THAT(Posts(Place::kWall, "alice", "bob"), ElementsAre("closed"));
  const auto none = social_->OpenTo(Id("alice"), Door::kMessages);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->SerializeAsString(), "");
}

TEST_F(SocialTest, SayingTheSameAgainWritesNothing) {
  OpenDoor("alice", Door::kWall, Only({"bob"}));
  Share("alice", "f", Everybody());
  const std::uint64_t before = Writes();
  OpenDoor("alice", Door::kWall, Only({"bob"}));
  OpenDoor("alice", Door::kVisits, StoredAudience());
  Share("alice", "f", Everybody());
  Share("alice", "g", StoredAudience());
  EXPECT_EQ(Writes(), before);
  Share("alice", "f", StoredAudience());
  EXPECT_EQ(Writes(), before + 1);
}

TEST_F(SocialTest, AWallIsWrittenAndReadByItsOwnerAndByThoseItIsOpenTo) {
  EXPECT_EQ(Add(Place::kWall, "alice", "alice", "mine").outcome, Outcome::kDone);
  EXPECT_EQ(Add(Place::kWall, "alice", "bob", "early").outcome, Outcome::kNotAllowed);
  OpenDoor("alice", Door::kWall, Only({"bob"}));
  EXPECT_EQ(Add(Place::kWall, "alice", "bob", "hello").outcome, Outcome::kDone);
  EXPECT_EQ(Add(Place::kWall, "alice", "carol", "me too").outcome, Outcome::kNotAllowed);
  for (const char* reader : {"alice", "bob"})
    EXPECT_THAT(Posts(Place::kWall, "alice", reader), ElementsAre("bob: hello", "alice: mine"));
  EXPECT_THAT(Posts(Place::kWall, "alice", "carol"), ElementsAre("closed"));
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice", 1), ElementsAre("bob: hello"));
}

TEST_F(SocialTest, MessagesAreForTheirRecipientAlone) {
  OpenDoor("alice", Door::kMessages, Everybody());
  EXPECT_EQ(Add(Place::kMessages, "alice", "bob", "psst").outcome, Outcome::kDone);
  EXPECT_THAT(Posts(Place::kMessages, "alice", "alice"), ElementsAre("bob: psst"));
  EXPECT_THAT(Posts(Place::kMessages, "alice", "bob"), ElementsAre("closed"));
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice"), IsEmpty());
}

TEST_F(SocialTest, NumbersGrowThoughTheClockDoesNot) {
  const auto first = Add(Place::kWall, "alice", "alice", "1").number;
  EXPECT_EQ(first, static_cast<std::uint64_t>(kNow));
  EXPECT_EQ(Add(Place::kWall, "alice", "alice", "2").number, first + 1);
  EXPECT_EQ(Add(Place::kWall, "alice", "alice", "3", kNow - 5000).number, first + 2);
  EXPECT_EQ(Add(Place::kWall, "alice", "alice", "4", kNow + 5000).number, first + 5000);
  EXPECT_EQ(Add(Place::kWall, "bob", "bob", "1").number, first) << "each wall counts for itself";
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice"), ElementsAre("alice: 4", "alice: 3", "alice: 2", "alice: 1"));
}

TEST_F(SocialTest, AFloodOfOneAuthorPushesOutTheirOwnPostsAlone) {
  OpenDoor("alice", Door::kWall, Everybody());
  Add(Place::kWall, "alice", "carol", "keep me");
  for (std::size_t i = 0; i < ProgramLimits::kPostsOfOneAuthor + 10; ++i)
    Add(Place::kWall, "alice", "bob", std::to_string(i));
  const auto posts = Posts(Place::kWall, "alice", "alice");
  ASSERT_EQ(posts.size(), ProgramLimits::kPostsOfOneAuthor + 1);
  EXPECT_EQ(posts.front(), "bob: 29");
  EXPECT_EQ(posts[ProgramLimits::kPostsOfOneAuthor - 1], "bob: 10");
  EXPECT_EQ(posts.back(), "carol: keep me");
}

TEST_F(SocialTest, ManyWhoFillAWallPushOutEachOthersPostsAlone) {
  OpenDoor("alice", Door::kWall, Everybody());
  Add(Place::kWall, "alice", "alice", "mine");
  Add(Place::kWall, "alice", "carol", "keep me");
  for (std::size_t i = 0; i < 3 * ProgramLimits::kPostsOfOneAuthor; ++i) {
    for (int author = 0; author < 8; ++author)
      Add(Place::kWall, "alice", "flood" + std::to_string(author), std::to_string(i));
  }
  const auto posts = Posts(Place::kWall, "alice", "alice");
  ASSERT_EQ(posts.size(), ProgramLimits::kPostsKept);
  EXPECT_EQ(posts[0], "flood7: 59");
  EXPECT_EQ(posts[ProgramLimits::kPostsKept - 2], "carol: keep me");
  EXPECT_EQ(posts[ProgramLimits::kPostsKept - 1], "alice: mine");
}

TEST_F(SocialTest, AWallKeepsItsNewestPosts) {
  for (std::size_t i = 0; i < ProgramLimits::kPostsKept + 1; ++i)
    Add(Place::kWall, "alice", "alice", std::to_string(i));
  const auto posts = Posts(Place::kWall, "alice", "alice");
  ASSERT_EQ(posts.size(), ProgramLimits::kPostsKept);
  EXPECT_EQ(posts.front(), "alice: 100");
  EXPECT_EQ(posts.back(), "alice: 1");
}

TEST_F(SocialTest, TheOwnerRemovesAnyPostAnAuthorTheirOwn) {
  OpenDoor("alice", Door::kWall, Everybody());
  const auto of_bob = Add(Place::kWall, "alice", "bob", "1").number;
  const auto of_carol = Add(Place::kWall, "alice", "carol", "2").number;
  EXPECT_EQ(Remove(Place::kWall, "alice", "bob", of_carol), Outcome::kNotThere);
  OpenDoor("alice", Door::kWall, StoredAudience());
  EXPECT_EQ(Remove(Place::kWall, "alice", "bob", of_bob), Outcome::kDone) << "though the wall is shut by now";
  EXPECT_EQ(Remove(Place::kWall, "alice", "alice", of_carol), Outcome::kDone);
  EXPECT_EQ(Remove(Place::kWall, "alice", "alice", of_carol), Outcome::kNotThere);
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice"), IsEmpty());
}

TEST_F(SocialTest, ASenderCannotTakeAMessageBack) {
  OpenDoor("alice", Door::kMessages, Everybody());
  const auto number = Add(Place::kMessages, "alice", "bob", "sent is sent").number;
  EXPECT_EQ(Remove(Place::kMessages, "alice", "bob", number), Outcome::kNotThere);
  EXPECT_EQ(Remove(Place::kMessages, "alice", "alice", number), Outcome::kDone);
}

TEST_F(SocialTest, JudgingAloneKeepsNothing) {
  OpenDoor("alice", Door::kWall, Only({"bob"}));
  const auto number = Add(Place::kWall, "alice", "bob", "there").number;
  const std::uint64_t before = Writes();
  EXPECT_EQ(Add(Place::kWall, "alice", "bob", "x", kNow, false).outcome, Outcome::kDone);
  EXPECT_EQ(Add(Place::kWall, "alice", "carol", "x", kNow, false).outcome, Outcome::kNotAllowed);
  EXPECT_EQ(Remove(Place::kWall, "alice", "bob", number, false), Outcome::kDone);
  EXPECT_EQ(Remove(Place::kWall, "alice", "carol", number, false), Outcome::kNotThere);
  EXPECT_EQ(Share("alice", "f", Everybody(), false), Outcome::kDone);
  EXPECT_EQ(Writes(), before);
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice"), ElementsAre("bob: there"));
  EXPECT_THAT(Shared("alice", "alice"), IsEmpty());
}

TEST_F(SocialTest, ASharedFileIsReadByThoseItIsSharedWith) {
  EXPECT_EQ(Share("alice", "notes/today", Only({"bob"})), Outcome::kDone);
  EXPECT_EQ(Share("alice", "open", Everybody()), Outcome::kDone);
  EXPECT_TRUE(MayRead("alice", "notes/today", "bob"));
  EXPECT_FALSE(MayRead("alice", "notes/today", "carol"));
  EXPECT_FALSE(MayRead("alice", "notes", "bob"));
  EXPECT_FALSE(MayRead("alice", "notes/today2", "bob"));
  EXPECT_TRUE(MayRead("alice", "open", "carol"));
  EXPECT_THAT(Shared("alice", "bob"), ElementsAre("notes/today", "open"));
  EXPECT_THAT(Shared("alice", "carol"), ElementsAre("open"));
  EXPECT_THAT(Shared("alice", "alice"), ElementsAre("notes/today", "open"));
  EXPECT_EQ(Share("alice", "open", StoredAudience()), Outcome::kDone);
  EXPECT_FALSE(MayRead("alice", "open", "carol"));
  EXPECT_FALSE(MayRead("alice", "open", "alice")) << "shared with nobody, it is no shared file";
}

TEST_F(SocialTest, SoManyFilesAreSharedAndNoMore) {
  for (std::size_t i = 0; i < ProgramLimits::kSharedFiles; ++i)
    EXPECT_EQ(Share("alice", fmt::format("f{}", i), Everybody()), Outcome::kDone);
  EXPECT_EQ(Share("alice", "more", Everybody()), Outcome::kTooMany);
  EXPECT_EQ(Share("alice", "f3", Only({"bob"})), Outcome::kDone) << "it is shared already";
  EXPECT_EQ(Share("alice", "none", StoredAudience()), Outcome::kDone);
  EXPECT_EQ(Share("alice", "f0", StoredAudience()), Outcome::kDone);
  EXPECT_EQ(Share("alice", "more", Everybody()), Outcome::kDone);
  EXPECT_EQ(Share("bob", "f", Everybody()), Outcome::kDone) << "another member's count is their own";
}

TEST_F(SocialTest, TheLongestPathFitsItsKey) {
  const std::string path(ProgramLimits::kPathBytes, 'p');
  EXPECT_EQ(Share("alice", path, Everybody()), Outcome::kDone);
  EXPECT_TRUE(MayRead("alice", path, "bob"));
}

TEST_F(SocialTest, ShuttingEverythingLeavesWhatWasWritten) {
  for (const Door door : {Door::kVisits, Door::kWall, Door::kMessages}) OpenDoor("alice", door, Everybody());
  OpenDoor("zed", Door::kWall, Everybody());
  Look("alice", "bob", kNow);
  Add(Place::kWall, "alice", "bob", "hello");
  Share("alice", "f", Everybody());
  ASSERT_TRUE(WaitFor(loop_, social_->ShutAll(Id("alice"))).ok());
  EXPECT_THAT(Visits("alice", "bob"), ElementsAre("closed"));
  EXPECT_THAT(Posts(Place::kWall, "alice", "bob"), ElementsAre("closed"));
  EXPECT_EQ(Add(Place::kMessages, "alice", "bob", "x").outcome, Outcome::kNotAllowed);
  EXPECT_FALSE(MayRead("alice", "f", "bob"));
  EXPECT_THAT(Posts(Place::kWall, "alice", "alice"), ElementsAre("bob: hello"));
  EXPECT_THAT(Visits("alice", "alice"), ElementsAre("bob 1"));
  EXPECT_EQ(Add(Place::kWall, "zed", "bob", "x").outcome, Outcome::kDone);
  const std::uint64_t before = Writes();
  ASSERT_TRUE(WaitFor(loop_, social_->ShutAll(Id("alice"))).ok());
  EXPECT_EQ(Writes(), before) << "where nothing is open there is nothing to write";
}

TEST_F(SocialTest, KeysAreAsTheDocumentSays) {
  OpenDoor("alice", Door::kWall, Only({"bob"}));
  Add(Place::kWall, "alice", "bob", "hello");
  Share("alice", "notes", Only({"bob"}));
  Look("alice", "bob", kNow);
  const std::string number("\x00\x00\x01\xa2\x11\x9d\x30\xa0", 8);
  const auto found = profiles_->environment().Read([&](ReadTransaction& tx) -> Result<std::vector<bool>> {
    const auto has = [&](std::string_view table, const std::string& key) {
      return tx.Has(profiles_->environment().table(table), key);
    };
    return std::vector<bool>{has("doors", Id("alice") + "w"), has("wall", Id("alice") + number),
                             has("shared", Id("alice") + "notes"), has("visits", Id("alice") + Id("bob"))};
  });
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(*found, ElementsAre(true, true, true, true));
}

TEST_F(SocialTest, DamagedTimesAndKeysAreAnErrorAtMost) {
  StoredVisit visit;
  for (const std::int64_t time : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    visit.set_time_ms(time);
    auto damage = [this, &visit](WriteTransaction& tx) -> Status {
      tx.PutMessage(profiles_->environment().table("visits"), Id("alice") + Id("bob"), visit);
      return {};
    };
    ASSERT_TRUE(WaitFor(loop_, profiles_->environment().Write(std::move(damage))).ok());
    Look("alice", "bob", kNow);
    EXPECT_THAT(Visits("alice", "alice"), testing::SizeIs(1));
  }
  auto cut = [this](WriteTransaction& tx) -> Status {
    tx.Put(profiles_->environment().table("wall"), Id("alice") + "\x01", "");
    return {};
  };
  ASSERT_TRUE(WaitFor(loop_, profiles_->environment().Write(std::move(cut))).ok());
  const auto posts = social_->Posts(Place::kWall, Id("alice"), Id("alice"), 10);
  ASSERT_FALSE(posts.ok());
  EXPECT_THAT(posts.error().text, testing::HasSubstr("wall: the entry "));
  StoredPost post;
  post.mutable_author()->set_id(Id("alice"));
  post.set_time_ms(kNow);
  EXPECT_FALSE(WaitFor(loop_, social_->Add(Place::kWall, Id("alice"), post, true)).ok());
  EXPECT_TRUE(social_->Posts(Place::kWall, Id("bob"), Id("bob"), 10).ok());
}

}  // namespace
}  // namespace zoobar
