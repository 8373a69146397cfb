#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pages/pages.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TasksPage SomeTasks() {
  TasksPage page{.member = "alice"};
  page.items = {{"Pay somebody", "Try <b>this</b>.", {"First.", "Second <i>one</i>."}, 2, 1795362750000},
                {"Read", "", {"Read it."}, 1, 0}};
  return page;
}

TEST(TasksPage, ShowsWhatIsDoneAndWhatIsNot) {
  const std::string html = Pages().Render(SomeTasks());
  EXPECT_THAT(html, HasSubstr("You have done 1 of 2 tasks: 2 of 3 points."));
  const std::size_t second = html.find("<h2>Read</h2>");
  ASSERT_NE(second, html.npos);
  EXPECT_THAT(html.substr(0, second), HasSubstr("<strong>Done</strong> <time datetime=\"2026-11-22T15:52:30Z\">"));
  EXPECT_THAT(html.substr(second), HasSubstr("1 point. Not done yet."));
  EXPECT_THAT(html.substr(second), Not(HasSubstr("<details>"))) << "it has no hint";
  EXPECT_THAT(html, Not(HasSubstr("Scoreboard")));
}

TEST(TasksPage, TextsOfTheFileAreText) {
  const std::string html = Pages().Render(SomeTasks());
  EXPECT_THAT(html, HasSubstr("Try &lt;b&gt;this&lt;/b&gt;."));
  EXPECT_THAT(html, HasSubstr("Second &lt;i&gt;one&lt;/i&gt;."));
}

TEST(TasksPage, TheScoreboardMarksItsReaderAndLinksEverybody) {
  TasksPage page = SomeTasks();
  page.board = true;
  EXPECT_THAT(Pages().Render(page), HasSubstr("Nobody has done a task yet."));
  page.rows = {{"b&b", 3, 2}, {"alice", 2, 1}};
  page.members = 2;
  page.place = 2;
  std::string html = Pages().Render(page);
  EXPECT_THAT(html, HasSubstr("users?user=b%26b\"><bdi>b&amp;b</bdi></a></th><td class=\"number\">3</td>"));
  EXPECT_THAT(html, HasSubstr("<bdi>alice</bdi></a> <span class=\"tag\">you</span>"));
  EXPECT_THAT(html, Not(HasSubstr("These are the first")));
  page.members = 120;
  page.place = 111;
  EXPECT_THAT(Pages().Render(page), HasSubstr("These are the first 2 of 120 members. You are number 111."));
}

TEST(TasksPage, TheNavigationLeadsThereOnlyIfTheOperatorHasTasks) {
  Pages pages;
  const MembersPage members{.member = "alice"};
  EXPECT_THAT(pages.Render(members), Not(HasSubstr("/zoobar/index.cgi/tasks")));
  pages.OfferTasks(true);
  EXPECT_THAT(pages.Render(members), HasSubstr("<li><a href=\"/zoobar/index.cgi/tasks\">Tasks</a></li>"));
  EXPECT_THAT(pages.Render(SomeTasks()),
              HasSubstr("<li><a href=\"/zoobar/index.cgi/tasks\" aria-current=\"page\">Tasks</a></li>"));
  pages.OfferTasks(false);
  EXPECT_THAT(pages.Render(members), Not(HasSubstr("/zoobar/index.cgi/tasks")));
}

}  // namespace
}  // namespace zoobar
