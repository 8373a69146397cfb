// `zoobar ctl class report`: who has done which task, from the files of the logs.
#include "marking/report.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "live_site/temporary_directory.h"
#include "operator/exit_status.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kMarkedTasks = R"(
  task { id: "pay" title: "Pay somebody" text: "t" points: 2 done { role: "bank" event: "transfer" member: "sender" } }
  task { id: "read" title: "Read" text: "t" done { request: "GET /zoobar/index.cgi/journal" } }
)";

Config::Tasks MarkedTasks() {
  Config::Tasks tasks;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kMarkedTasks, &tasks));
  return tasks;
}

std::string Paid(const std::string& time, const std::string& sender, const std::string& role = "bank") {
  return R"({"time":"2026-11-30T)" + time + R"(Z","role":")" + role +
         R"(","instance":0,"level":"info","event":"transfer","fields":{"entry":"3","sender":")" + sender +
         R"(","recipient":"x"},"id":"1.1.3","prev":"00000000000000000000000000000000","mac":"00000000000000000000000000000000"})";
}
std::string ReadLine(const std::string& time, const std::string& member, int status = 200) {
  return R"({"time":"2026-11-30T)" + time +
         R"(Z","role":"app","instance":0,"address":"192.0.2.1","method":"GET","path":"/zoobar/index.cgi/journal","status":)" +
         std::to_string(status) + R"(,"bytes":1,"micros":2,"member":")" + member + R"("})";
}
std::string DoneLine(const std::string& time, const std::string& member, const std::string& task,
                     const std::string& role = "course") {
  return R"({"time":"2026-11-30T)" + time + R"(Z","role":")" + role +
         R"(","instance":0,"level":"info","event":"task-done","fields":{"member":")" + member + R"(","task":")" + task +
         R"("}})";
}

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    mkdir((folder_.path() + "/log").c_str(), 0700);
    options_.state_dir = folder_.path();
    options_.form = ReportForm::kCsv;
  }
  void Log(const std::string& name, const std::vector<std::string>& lines) const {
    std::ofstream file(folder_.path() + "/log/" + name);
    for (const std::string& line : lines) file << line << '\n';
  }
  std::vector<std::string> Report() {
    std::ostringstream out, err;
    status_ = ReportClass(options_, MarkedTasks(), out, err);
    errors_ = err.str();
    text_ = out.str();
    std::vector<std::string> lines;
    std::istringstream rows(text_);
    for (std::string line; std::getline(rows, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
    return lines;
  }
  void WriteClass(const std::string& text) {
    options_.class_file = folder_.path() + "/class.csv";
    std::ofstream(options_.class_file) << text;
  }
  const TemporaryDirectory folder_;
  ReportOptions options_;
  std::string text_, errors_;
  int status_ = -1;
};

TEST_F(ReportTest, EveryMembersTasksComeFromAllLogsAndTheFirstTimeCounts) {
  Log("money.log.1", {Paid("10:00:05.000", "alice")});
  Log("money.log", {Paid("10:30:00.000", "alice"), Paid("11:00:00.000", "bob")});
  Log("access.log", {ReadLine("10:00:06.000", "alice"), ReadLine("10:00:07.000", "carol", 503)});
  Log("audit.log", {DoneLine("09:59:59.000", "dave", "read"), DoneLine("10:00:06.900", "alice", "read")});
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read", "alice,3,2,2026-11-30T10:00:05Z,2026-11-30T10:00:06Z",
                                    "bob,2,1,2026-11-30T11:00:00Z,", "dave,1,1,,2026-11-30T09:59:59Z"));
  EXPECT_EQ(status_, kCtlOk);
}

TEST_F(ReportTest, LinesOfOtherRolesProveNothing) {
  Log("events.log", {Paid("10:00:00.000", "eve", "app"), DoneLine("10:00:00.000", "eve", "pay", "echo"),
                     DoneLine("10:00:00.000", "eve", "unknown"), "{", "", "no line"});
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read"));
}

TEST_F(ReportTest, RawLeavesOutWhatCourseHasWritten) {
  Log("audit.log", {DoneLine("10:00:00.000", "dave", "read")});
  Log("access.log", {ReadLine("10:00:06.000", "alice")});
  options_.raw = true;
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read", "alice,1,1,,2026-11-30T10:00:06Z"));
}

TEST_F(ReportTest, OnlyTheTimeThatIsAskedForCounts) {
  Log("money.log", {Paid("10:00:00.000", "early"), Paid("11:00:00.000", "right"), Paid("12:00:00.000", "late"),
                    Paid("11:30:00.000", "early")});
  options_.since = "2026-11-30T10:30:00Z";
  options_.until = "2026-11-30T11:30:00Z";
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read", "early,2,1,2026-11-30T11:30:00Z,",
                                    "right,2,1,2026-11-30T11:00:00Z,"));
  options_.since = "yesterday";
  EXPECT_THAT(Report(), IsEmpty());
  EXPECT_EQ(status_, kCtlUsage);
  EXPECT_THAT(errors_, HasSubstr("--since 'yesterday'"));
}

TEST_F(ReportTest, AClassIsReportedInItsOrderWithThoseWhoDidNothingAndNobodyElse) {
  Log("money.log", {Paid("10:00:00.000", "zoe"), Paid("10:00:01.000", "stranger"), Paid("10:00:02.000", "Zo\xC3\xAB")});
  WriteClass("Name,group\nzoe,1\nZoe\xCC\x88,1\nanna,2\n");
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read", "zoe,2,1,2026-11-30T10:00:00Z,",
                                    "Zo\xC3\xAB,2,1,2026-11-30T10:00:02Z,", "anna,0,0,,"));
  WriteClass("name\n");
  Report();
  EXPECT_EQ(status_, kCtlUsage);
  WriteClass("\"unfinished\n");
  Report();
  EXPECT_EQ(status_, kCtlUsage);
  EXPECT_THAT(errors_, HasSubstr("class.csv"));
}

TEST_F(ReportTest, ANameIsNoFormulaAndNoExtraCell) {
  Log("money.log", {Paid("10:00:00.000", "=1+1"), Paid("10:00:00.000", "a,b")});
  EXPECT_THAT(Report(), ElementsAre("name,points,tasks,pay,read", "'=1+1,2,1,2026-11-30T10:00:00Z,",
                                    "\"a,b\",2,1,2026-11-30T10:00:00Z,"));
}

TEST_F(ReportTest, PeopleSeeWhoDidWhatAndHowManyDidEachTask) {
  Log("money.log", {Paid("10:00:00.000", "alice"), Paid("10:00:00.000", "bo\\u001bb")});
  options_.form = ReportForm::kForPeople;
  Report();
  EXPECT_THAT(text_, HasSubstr("alice"));
  EXPECT_THAT(text_, HasSubstr("1 of 2"));
  EXPECT_THAT(text_, HasSubstr("2 of 2  Pay somebody"));
  EXPECT_THAT(text_, Not(HasSubstr("\x1B")));
}

TEST_F(ReportTest, JsonHasEveryTaskAndEveryMember) {
  Log("money.log", {Paid("10:00:00.000", "alice")});
  options_.form = ReportForm::kAsJson;
  Report();
  EXPECT_THAT(text_, HasSubstr("\"title\": \"Pay somebody\""));
  EXPECT_THAT(text_, HasSubstr("\"pay\": \"2026-11-30T10:00:00Z\""));
  EXPECT_THAT(text_, HasSubstr("\"points\": 2"));
}

TEST_F(ReportTest, WithoutLogsItSaysSo) {
  options_.state_dir = folder_.path() + "/nowhere";
  Report();
  EXPECT_EQ(status_, kCtlRefused);
  EXPECT_THAT(errors_, HasSubstr("nowhere/log"));
}

TEST_F(ReportTest, TheTasksOfAFileAreChecked) {
  const std::string file = folder_.path() + "/t";
  std::ofstream(file) << kMarkedTasks;
  const Result<Config::Tasks> tasks = ReadTasks(file);
  ASSERT_TRUE(tasks.ok()) << tasks.error().text;
  EXPECT_EQ(tasks->task_size(), 2);
  std::ofstream(file) << "task { id: \"A\" }";
  EXPECT_THAT(ReadTasks(file).error().text, HasSubstr("/t:1:1: task \"A\": id must be"));
  std::ofstream(file).close();
  EXPECT_THAT(ReadTasks(file).error().text, HasSubstr("no task is declared"));
}

}  // namespace
}  // namespace zoobar
