// course beside a logger that recognises what the test says.
#include "roles/course.h"

#include <gmock/gmock.h>

#include <deque>

#include "live_site/temporary_directory.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FakeDeeds {
 public:
  FakeDeeds() { service.Handle(&FakeDeeds::Deeds, this); }
  void Add(const std::string& member, const std::string& task, std::int64_t time_ms = 1000) {
    DeedsReply::Deed& deed = waiting.emplace_back();
    deed.set_member(member);
    deed.set_task(task);
    deed.set_time_ms(time_ms);
  }

  Service service;
  std::deque<DeedsReply::Deed> waiting;
  std::uint64_t first = 1, epoch = 7;
  std::size_t at_once = 1000;
  int calls = 0;
  bool silent = false;

 private:
  Task<Result<Outgoing<DeedsReply>>> Deeds(Incoming<DeedsRequest> call) {
    ++calls;
    if (silent) co_return Error{"down"};
    while (call.message.epoch() == epoch && first <= call.message.after() && !waiting.empty()) {
      waiting.pop_front();
      ++first;
    }
    DeedsReply reply;
    reply.set_epoch(epoch);
    reply.set_first(first);
    const std::size_t count = std::min(at_once, waiting.size());
    for (std::size_t i = 0; i < count; ++i) *reply.add_deeds() = waiting[i];
    reply.set_more(count < waiting.size());
    co_return reply;
  }
};

class CourseRoleTest : public testing::Test {
 protected:
  CourseRoleTest() {
    Declare("pay", 1);
    Declare("wall", 3);
    tasks_.set_scoreboard(true);
  }
  ~CourseRoleTest() override { Stop(); }
  void Stop() {
    app_.reset();
    course_.reset();
    site_.reset();
  }
  void Start() {
    Stop();
    site_ = std::make_unique<FakeSite>();
    *site_->settings.mutable_tasks() = tasks_;
    course_ = std::make_unique<Course>(*site_, folder_.path());
    site_->Connect(ROLE_COURSE, ROLE_LOGGER, logger_.service);
    app_ = site_->CallAs(ROLE_APP, ROLE_COURSE);
  }
  void Declare(const std::string& id, std::uint32_t points) {
    CourseTask& task = *tasks_.add_task();
    task.set_id(id);
    task.set_points(points);
  }
  ProgressReply Ask(const std::string& member) {
    ProgressRequest request;
    request.set_member(member);
    auto reply = site_->Wait(app_->Call<ProgressReply>(request));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : ProgressReply();
  }
  std::vector<std::string> Done(const std::string& member) {
    std::vector<std::string> done;
    const ProgressReply reply = Ask(member);
    for (const auto& each : reply.done()) done.push_back(each.task() + "@" + std::to_string(each.time_ms()));
    return done;
  }
  std::vector<std::string> Board(const std::string& member) {
    std::vector<std::string> board;
    const ProgressReply reply = Ask(member);
    for (const auto& row : reply.board())
      board.push_back(row.member() + " " + std::to_string(row.points()) + "/" + std::to_string(row.tasks()));
    return board;
  }

  const TemporaryDirectory folder_;
  Config::Tasks tasks_;
  FakeDeeds logger_;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Course> course_;
  std::shared_ptr<Channel> app_;
};

TEST_F(CourseRoleTest, AnAnswerHasWhatWasRecognisedBeforeTheCall) {
  Start();
  EXPECT_THAT(Done("alice"), IsEmpty());
  logger_.Add("alice", "wall", 5);
  logger_.Add("bob", "pay", 6);
  EXPECT_THAT(Done("alice"), ElementsAre("wall@5"));
  EXPECT_THAT(Done("bob"), ElementsAre("pay@6"));
  EXPECT_THAT(Done("nobody"), IsEmpty());
  EXPECT_THAT(logger_.waiting, IsEmpty()) << "logger may forget what is kept";
}

TEST_F(CourseRoleTest, ItKeepsEverythingOverARestartOfEachOfThem) {
  Start();
  logger_.Add("alice", "pay", 5);
  EXPECT_THAT(Done("alice"), ElementsAre("pay@5"));
  logger_.epoch = 8;  // a new logger, which recognises the same again
  logger_.first = 1;
  logger_.waiting.clear();
  logger_.Add("alice", "pay", 9);
  EXPECT_THAT(Done("alice"), ElementsAre("pay@5")) << "the first time counts";
  Start();
  EXPECT_THAT(Done("alice"), ElementsAre("pay@5"));
  EXPECT_EQ(site_->counters["deeds.kept"](), 0) << "nothing was new to this process";
}

TEST_F(CourseRoleTest, EachDeedIsOneLineOfTheLog) {
  Start();
  logger_.Add("alice", "pay");
  logger_.Add("alice", "pay");
  Done("alice");
  ASSERT_THAT(site_->lines.Named("task-done"), SizeIs(1));
  EXPECT_EQ(site_->lines.Named("task-done")[0].Text(), "task-done member=alice task=pay");
}

TEST_F(CourseRoleTest, WhatNobodyDeclaredAndWhatIsNoNameIsNotKept) {
  Start();
  logger_.Add("alice", "other");
  logger_.Add("alice", "Not an id");
  logger_.Add("", "pay");
  logger_.Add("\xFF", "pay");
  logger_.Add(std::string(129, 'a'), "pay");
  logger_.Add(std::string("a\0b", 3), "pay");
  EXPECT_THAT(Board("alice"), IsEmpty());
  EXPECT_EQ(site_->counters["course.members"](), 0);
}

TEST_F(CourseRoleTest, TheScoreboardHasMostPointsFirstAndThenWhoHadThemFirst) {
  Start();
  logger_.Add("alice", "pay", 10);
  logger_.Add("bob", "wall", 20);
  logger_.Add("carol", "pay", 5);
  logger_.Add("dave", "pay", 3);
  logger_.Add("dave", "wall", 90);
  EXPECT_THAT(Board("alice"), ElementsAre("dave 4/2", "bob 3/1", "carol 1/1", "alice 1/1"));
  EXPECT_EQ(Ask("alice").place(), 4u);
  EXPECT_EQ(Ask("alice").members(), 4u);
  EXPECT_EQ(Ask("nobody").place(), 0u);
}

TEST_F(CourseRoleTest, WithoutAScoreboardNobodyLearnsWhatOthersHaveDone) {
  tasks_.set_scoreboard(false);
  Start();
  logger_.Add("alice", "pay");
  const ProgressReply reply = Ask("bob");
  EXPECT_EQ(reply.board_size(), 0);
  EXPECT_EQ(reply.place(), 0u);
  EXPECT_EQ(reply.members(), 0u);
}

TEST_F(CourseRoleTest, TheScoreboardNamesAHundredAndEverybodysOwnPlace) {
  Start();
  for (std::size_t i = 0; i < Course::kMostRows + 20; ++i)
    logger_.Add("m" + std::to_string(i), "pay", static_cast<std::int64_t>(i));
  logger_.at_once = 50;
  const ProgressReply reply = Ask("m110");
  EXPECT_EQ(static_cast<std::size_t>(reply.board_size()), Course::kMostRows);
  EXPECT_EQ(reply.place(), 111u);
  EXPECT_EQ(reply.members(), Course::kMostRows + 20);
}

TEST_F(CourseRoleTest, AReloadChangesPointsAndTasksWithoutForgetting) {
  Start();
  logger_.Add("alice", "pay");
  logger_.Add("alice", "wall");
  EXPECT_THAT(Board("alice"), ElementsAre("alice 4/2"));
  Config config = site_->settings;
  config.mutable_tasks()->mutable_task()->RemoveLast();
  config.mutable_tasks()->mutable_task(0)->set_points(7);
  course_->Reload(config);
  EXPECT_THAT(Board("alice"), ElementsAre("alice 7/1"));
  course_->Reload(site_->settings);
  EXPECT_THAT(Board("alice"), ElementsAre("alice 4/2"));
}

TEST_F(CourseRoleTest, AClosedAccountLeavesNothing) {
  Start();
  logger_.Add("alice", "pay");
  logger_.Add("bob", "pay");
  Done("alice");
  logger_.Add("alice", "");
  EXPECT_THAT(Done("alice"), IsEmpty());
  EXPECT_THAT(Board("bob"), ElementsAre("bob 1/1"));
  Start();
  EXPECT_THAT(Done("alice"), IsEmpty());
}

TEST_F(CourseRoleTest, AnAccountThatWasClosedBeforeItWasSeenLeavesNothing) {
  Start();
  logger_.Add("eve", "pay");
  logger_.Add("eve", "");
  logger_.Add("bob", "pay");
  EXPECT_THAT(Board("bob"), ElementsAre("bob 1/1"));
  logger_.Add("bob", "wall");
  logger_.Add("bob", "");
  EXPECT_THAT(Board("carol"), IsEmpty());
  Start();
  EXPECT_THAT(Done("eve"), IsEmpty());
  EXPECT_THAT(Done("bob"), IsEmpty());
}

TEST_F(CourseRoleTest, TheFirstMembersHaveThePlacesAndTheyCanGoOn) {
  Start();
  for (std::size_t i = 0; i < Course::kMostMembers; ++i) logger_.Add("m" + std::to_string(i), "pay");
  logger_.at_once = 3000;
  logger_.Add("late", "pay");
  logger_.Add("m0", "wall");
  EXPECT_THAT(Done("m0"), SizeIs(2));
  EXPECT_THAT(Done("late"), IsEmpty());
  EXPECT_EQ(site_->counters["deeds.without-place"](), 1);
  EXPECT_THAT(site_->lines.Named("course-full"), SizeIs(1));
  logger_.Add("m1", "");
  Done("m1");
  logger_.Add("late", "pay");
  EXPECT_THAT(Done("late"), SizeIs(1)) << "a closed account gives its place back";
}

TEST_F(CourseRoleTest, WithoutLoggerItAnswersWhatItKnows) {
  Start();
  logger_.Add("alice", "pay");
  Done("alice");
  logger_.silent = true;
  EXPECT_THAT(Done("alice"), SizeIs(1));
  EXPECT_FALSE(site_->lines.Named("deeds-not-read").empty());
}

TEST_F(CourseRoleTest, ManyCallersAtOnceAskLoggerFewTimes) {
  Start();
  int answered = 0;
  const auto ask = [](std::shared_ptr<Channel> app, int* count) -> Task<void> {
    auto asking = app->Call<ProgressReply>(ProgressRequest());
    const auto reply = co_await asking;
    *count += reply.ok() ? 1 : 0;
  };
  for (int i = 0; i < 100; ++i) Spawn(ask(app_, &answered));
  site_->RunUntil([&] { return answered == 100; });
  EXPECT_LE(logger_.calls, 3);
}

}  // namespace
}  // namespace zoobar
