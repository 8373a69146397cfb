// The page "Tasks" of app.
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

class FakeCourse {
 public:
  FakeCourse() { service.Handle(&FakeCourse::Progress, this); }
  Service service;
  ProgressReply reply;
  std::vector<std::string> asked;
  bool silent = false;

 private:
  Task<Result<Outgoing<ProgressReply>>> Progress(Incoming<ProgressRequest> call) {
    asked.push_back(call.message.member());
    if (silent) co_return Error{"down"};
    co_return reply;
  }
};

class AppTasksTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    world.site.Connect(ROLE_APP, ROLE_COURSE, course.service);
    CourseTask& task = *config.mutable_tasks()->add_task();
    task.set_id("pay");
    task.set_title("Pay somebody");
    task.set_text("Pay.\n\nThen look.");
    task.set_points(2);
    for (const Config::RoleConfig& row : world.site.settings.role()) *config.add_role() = row;
  }
  FakeCourse course;
  Config config;
};

TEST_F(AppTasksTest, WithoutTasksThereIsNoPageAndNobodyIsAsked) {
  EXPECT_THAT(world.Get("tasks", alice), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(world.Get("members", alice), Not(HasSubstr("index.cgi/tasks")));
  EXPECT_TRUE(course.asked.empty());
}

TEST_F(AppTasksTest, AReloadTurnsThePageOnAndOff) {
  world.body->Reload(config);
  std::string page = world.Get("tasks", alice);
  EXPECT_THAT(page, HasSubstr("You have done 0 of 1 tasks"));
  EXPECT_THAT(page, HasSubstr("<p>Pay.</p>"));
  EXPECT_THAT(page, HasSubstr("<p>Then look.</p>"));
  EXPECT_THAT(course.asked, ::testing::ElementsAre("alice"));
  config.clear_tasks();
  world.body->Reload(config);
  EXPECT_THAT(world.Get("tasks", alice), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AppTasksTest, ItShowsWhatCourseSays) {
  world.body->Reload(config);
  ProgressReply::Done& done = *course.reply.add_done();
  done.set_task("pay");
  done.set_time_ms(1795362750000);
  EXPECT_THAT(world.Get("tasks", alice), HasSubstr("You have done 1 of 1 tasks: 2 of 2 points."));
}

TEST_F(AppTasksTest, ItNeedsASession) {
  world.body->Reload(config);
  const std::string answer = world.Get("tasks");
  EXPECT_THAT(answer, HasSubstr("Location: /zoobar/index.cgi/login?nexturl="));
  EXPECT_TRUE(course.asked.empty());
  EXPECT_EQ(Allowed("POST", "/tasks"), "GET, HEAD");
}

TEST_F(AppTasksTest, WithoutCourseOnlyThisPageIsUnavailable) {
  world.body->Reload(config);
  course.silent = true;
  EXPECT_THAT(world.Get("tasks", alice), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(world.Get("members", alice), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace zoobar
