// The tasks of a course on a live site: what members do is on the page, and in the report from the logs. At the end an
// afternoon of sixty students.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kTasksPage = "/zoobar/index.cgi/tasks";
// It tries to start a process, and greets.
constexpr const char* kForker =
    "#!python\nimport os\ntry:\n    os.fork()\nexcept OSError:\n    pass\nprint('hello', api.get_visitor())\n";

class TasksTest : public testing::Test {
 protected:
  TasksTest() { site_.settings.emplace_back(R"(tasks { file: "tasks.textproto" scoreboard: true })"); }
  static bool Done(const std::string& page, const std::string& title) {
    const std::size_t at = page.find("<h2>" + title + "</h2>");
    return at != page.npos && page.substr(at, 200).find("<strong>Done</strong>") != page.npos;
  }
  // The page has what was done before it was asked for, except for what bank and app have not yet told logger.
  static bool SoonDone(Browser& browser, const std::string& title) {
    return Eventually([&] { return Done(browser.Get(kTasksPage).body, title); });
  }
  using Report = std::map<std::string, std::set<std::string>>;  // for each member the tasks that are done
  static Report Parse(const std::string& csv) {
    Report report;
    std::istringstream lines(csv);
    std::vector<std::string> titles;
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      std::vector<std::string> cells(1);
      for (const char c : line) c == ',' ? cells.emplace_back() : (cells.back() += c, cells.back());
      if (titles.empty()) {
        titles = cells;
        continue;
      }
      EXPECT_EQ(cells.size(), titles.size()) << line;
      std::set<std::string>& done = report[cells[0]];
      for (std::size_t i = 3; i < cells.size() && i < titles.size(); ++i) {
        if (!cells[i].empty()) done.insert(titles[i]);
      }
      EXPECT_EQ(cells[2], std::to_string(done.size())) << line;
    }
    return report;
  }
  Report ReportOf(std::vector<std::string> options) {
    options.insert(options.begin(), {"class", "report", "--format=csv"});
    const Ended ended = site_.Ctl(options);
    EXPECT_EQ(ended.status, 0) << ended.output;
    return Parse(ended.output);
  }

  LiveSite site_;
};

TEST_F(TasksTest, AMemberPaysAndThePageShowsItDoneAndTheReportNamesIt) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  const Answer before = alice.Get(kTasksPage);
  EXPECT_EQ(before.status, 200);
  EXPECT_TRUE(before.Has("You have done 0 of 18 tasks"));
  EXPECT_TRUE(alice.Get(kHome).Has("<a href=\"/zoobar/index.cgi/tasks\">Tasks</a>"));
  EXPECT_TRUE(alice.Pay("bob", "2").Has("Sent 2 zoobars"));
  EXPECT_TRUE(SoonDone(alice, "Pay somebody"));
  EXPECT_FALSE(Done(bob.Get(kTasksPage).body, "Pay somebody")) << "who was paid has not paid";
  EXPECT_EQ(ReportOf({}), (Report{{"alice", {"pay"}}}));
  EXPECT_EQ(ReportOf({"--raw"}), (Report{{"alice", {"pay"}}})) << "without what course has written";
  EXPECT_THAT(site_.Log("audit"), HasSubstr(R"("event":"task-done","request":)"));
}

TEST_F(TasksTest, WhatAProgramIsDeniedIsItsOwnersDeed) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  alice.Save(kForker);
  EXPECT_TRUE(bob.Look("alice").Has("hello bob"));
  EXPECT_TRUE(SoonDone(alice, "Try to leave: another process"));
  EXPECT_TRUE(Done(alice.Get(kTasksPage).body, "Write a program"));
  EXPECT_TRUE(bob.Get(kTasksPage).Has("You have done 0 of 18 tasks"));
  EXPECT_TRUE(bob.Get(kTasksPage).Has("<bdi>alice</bdi>")) << "the scoreboard names her";
}

TEST_F(TasksTest, MarksOutliveCourseLoggerAndTheSite) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  site_.NewMember("bob");
  alice.Pay("bob", "1");
  ASSERT_TRUE(SoonDone(alice, "Pay somebody"));
  for (const char* role : {"course", "logger"}) {
    const pid_t before = site_.PidOf(role);
    kill(before, SIGKILL);
    ASSERT_TRUE(site_.Restarted(role, before));
    EXPECT_TRUE(SoonDone(alice, "Pay somebody")) << role;
    EXPECT_TRUE(Eventually([&] { return alice.Get("/zoobar/index.cgi/statement").status == 200; }));
  }
  EXPECT_TRUE(SoonDone(alice, "Get a proof against the bank"));
  EXPECT_EQ(site_.Stop(), 0);
  EXPECT_EQ(ReportOf({"--tasks=" + std::string(ZOOBAR_SOURCE_DIR) + "/config/tasks.textproto"}),
            (Report{{"alice", {"pay", "statement"}}}))
      << "the site need not run";
  ASSERT_TRUE(site_.Start()) << site_.Output();
  alice.MoveTo(site_.Addresses().at(0));
  EXPECT_TRUE(SoonDone(alice, "Pay somebody"));
}

TEST_F(TasksTest, AClosedAccountLeavesNoMark) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  alice.Pay("bob", "1");
  ASSERT_TRUE(SoonDone(alice, "Pay somebody"));
  EXPECT_TRUE(bob.Get(kTasksPage).Has("<bdi>alice</bdi>"));
  EXPECT_EQ(site_.Ctl({"member", "delete", "alice", "--yes"}).status, 0);
  EXPECT_TRUE(Eventually([&] { return bob.Get(kTasksPage).Has("Nobody has done a task yet."); }));
}

TEST_F(TasksTest, WithoutTasksThereIsNoPageAndTheReportSaysSo) {
  site_.settings.pop_back();
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  EXPECT_EQ(alice.Get(kTasksPage).status, 404);
  EXPECT_FALSE(alice.Get(kHome).Has("index.cgi/tasks"));
  const Ended ended = site_.Ctl({"class", "report"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output, HasSubstr("the site has no tasks; --tasks=FILE names a file with tasks"));
}

// ---- the solutions that the teacher has

// The programs of docs/teaching-solutions.md by the task that they solve: "**wall-network.** ..." and then an indented
// block that begins with "#!python".
std::map<std::string, std::string> Solutions() {
  std::map<std::string, std::string> programs;
  std::istringstream page(ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/docs/teaching-solutions.md"));
  std::string task;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("**")) task = line.substr(2, line.find_first_of(".*", 2) - 2);
    if (line.starts_with("#")) task.clear();
    inside = line.starts_with("    #!python") || (inside && line.starts_with("    "));
    if (inside) programs[task] += line.substr(4) + '\n';
  }
  return programs;
}

TEST_F(TasksTest, EachProgramOfTheSolutionsDoesItsTask) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::map<std::string, std::string> programs = Solutions();
  EXPECT_THAT(programs, testing::SizeIs(7));
  Browser visitor = site_.NewMember("visitor");
  Report expected;
  for (const auto& [task, program] : programs) {
    Browser student = site_.NewMember(task);  // one member for each, because a program with many denials is slowed
    EXPECT_EQ(student.Save(program).status, 200) << task;
    EXPECT_EQ(visitor.Look(task).status, 200) << task;
    expected[task] = {task, "program"};
  }
  expected["ended"].insert("wall-process");  // it is by forks that it is ended
  expected["visitor"] = {"program-earns"};
  EXPECT_TRUE(visitor.Look("program-pays").Has("You have had yours.")) << "at the second visit";
  EXPECT_EQ(visitor.Balance(), 11);
  Report report;
  EXPECT_TRUE(Eventually([&] { return (report = ReportOf({})) == expected; }));
  EXPECT_EQ(report, expected);
}

// ---- an afternoon of sixty students

constexpr int kStudents = 60;

std::string StudentName(int number) { return "student" + std::to_string(number); }

// What the student with this number does, and in which order nobody tells.
std::set<std::string> PlanOf(int number) {
  std::set<std::string> plan;
  if (number % 12 == 11) return plan;  // looks out of the window
  if (number % 2 == 0) plan.insert("journal");
  if (number % 3 != 0) plan.insert("pay");
  if (number % 4 == 0) plan.insert("offer");
  if (number % 5 == 0) plan.insert("statement");
  if (number % 6 == 1) plan.insert("html");
  if (number % 3 == 1) plan.insert({"program", "wall-process"});
  if (number % 7 == 0) plan.insert("export");
  return plan;
}

void Do(Browser& student, int number, const std::set<std::string>& plan) {
  const std::string neighbour = StudentName((number + 1) % kStudents);
  const auto get = [&](const std::string& page) {
    EXPECT_EQ(student.Get("/zoobar/index.cgi/" + page).status, 200) << number << page;
  };
  for (const char* page : {"journal", "statement", "export"}) {
    if (plan.contains(page)) get(page);
  }
  if (plan.contains("pay")) {
    EXPECT_TRUE(student.Pay(neighbour, "1").Has("Sent 1 zoobar")) << number;
  }
  if (plan.contains("offer")) {
    const Answer offered = student.Post("/zoobar/index.cgi/offers",
                                        {{"act", "offer"}, {"recipient", neighbour}, {"zoobars", "1"}, {"days", "3"}});
    EXPECT_EQ(offered.status, 200) << number;
  }
  if (plan.contains("html")) {
    EXPECT_EQ(student.Save("<b>hello</b>").status, 200) << number;
  }
  if (!plan.contains("program")) return;
  EXPECT_EQ(student.Save(kForker).status, 200);
  EXPECT_TRUE(Eventually([&] { return student.Look(StudentName(number)).Has("hello"); })) << number;
}

void AllAtOnce(const std::function<void(int)>& act) {
  std::vector<std::thread> threads;
  threads.reserve(kStudents);
  for (int i = 0; i < kStudents; ++i) threads.emplace_back(act, i);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TasksTest, TheReportOfAnAfternoonOfSixtyStudentsIsRight) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::string file = site_.scratch() + "/class.csv";
  std::ofstream list(file);
  list << "name\n";
  for (int i = 0; i < kStudents; ++i) list << StudentName(i) << '\n';
  list.close();
  std::vector<Browser> students;
  for (int i = 0; i < kStudents; ++i) students.push_back(site_.NewBrowser());
  for (Browser& student : students) student.SetPatience(std::chrono::seconds(120));
  AllAtOnce([&](int i) {
    EXPECT_EQ(students[static_cast<std::size_t>(i)].Register(StudentName(i), kPassword, kHome).status, 303);
  });
  Browser stranger = site_.NewMember("stranger");
  EXPECT_TRUE(stranger.Pay("student0", "1").Has("Sent"));
  AllAtOnce([&](int i) { Do(students[static_cast<std::size_t>(i)], i, PlanOf(i)); });

  Report expected;
  for (int i = 0; i < kStudents; ++i) expected[StudentName(i)] = PlanOf(i);
  Report report;
  EXPECT_TRUE(Eventually([&] { return (report = ReportOf({"--class=" + file})) == expected; }));
  EXPECT_EQ(report, expected);
  EXPECT_EQ(ReportOf({"--raw", "--class=" + file}), expected) << "from the lines of the other roles alone";
  for (int i = 0; i < kStudents; i += 7) {
    const Answer page = students[static_cast<std::size_t>(i)].Get(kTasksPage);
    EXPECT_TRUE(page.Has("You have done " + std::to_string(PlanOf(i).size()) + " of 18 tasks")) << i;
  }
  EXPECT_THAT(ReportOf({"--until=1h ago"}), testing::IsEmpty());
  EXPECT_THAT(site_.Output(), Not(HasSubstr("\"level\":\"error\"")));
}

}  // namespace
}  // namespace zoobar
