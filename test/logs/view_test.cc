// `zoobar ctl log`: lines are parsed, chosen, read from files that are rotated meanwhile, and printed.
#include "logs/view.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "live_site/temporary_directory.h"
#include "logs/reader.h"
#include "operator/exit_status.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kOneId = "4bf92f3577b34da6a3ce929d0e0e4736", kTwoId(32, 'b');
constexpr std::int64_t kNow = 1709210096789000;  // 2024-02-29T12:34:56.789Z

std::string EventText(const std::string& time, const std::string& role, const std::string& level,
                      const std::string& event, const std::string& more = "") {
  return R"({"time":"2024-02-29T)" + time + R"(Z","role":")" + role + R"(","instance":0,"pid":7,"level":")" + level +
         R"(","event":")" + event + '"' + more + "}";
}
std::string AccessText(const std::string& time, const std::string& path, int status, const std::string& more = "") {
  return R"({"time":"2024-02-29T)" + time +
         R"(Z","role":"app","instance":1,"pid":7,"address":"192.0.2.1","method":"GET","path":")" + path +
         R"(","status":)" + std::to_string(status) + R"(,"bytes":5,"micros":1500)" + more + "}";
}

TEST(LogLineTest, AnEventIsRead) {
  const auto line = ParseLogLine(
      EventText("12:34:56.789", "auth", "warning", "login-failed",
                R"(,"request":")" + kOneId + R"(","fields":{"name":"a\"\u001b\u00e9\ud83d\ude00","micros":"9"})"));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->time_us, kNow);
  EXPECT_EQ(line->role, "auth");
  EXPECT_EQ(line->event, "login-failed");
  EXPECT_EQ(line->level, LogLevel::kWarning);
  EXPECT_EQ(line->request, kOneId);
  ASSERT_TRUE(line->Find("name"));
  EXPECT_EQ(*line->Find("name"), "a\"\x1B\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(line->micros, -1) << "a field of an event that is no step of a trace has no meaning here";
}

TEST(LogLineTest, ARequestAndAStepSayHowLongTheyTook) {
  const auto access =
      ParseLogLine(AccessText("12:34:56.789", "/a b", 503, R"(,"member":"ann","request":")" + kOneId + '"'));
  ASSERT_TRUE(access);
  EXPECT_EQ(access->event, "GET /a b 503");
  EXPECT_EQ(access->level, LogLevel::kError);
  EXPECT_EQ(access->start_us(), kNow - 1500);
  EXPECT_EQ(*access->Find("member"), "ann");
  const auto step = ParseLogLine(
      EventText("12:34:56.789", "bank", "trace", "call",
                R"(,"fields":{"from":"app","method":"Bank.Pay","micros":"300","began":"1709210096780123"})"));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->micros, 300);
  EXPECT_EQ(step->start_us(), 1709210096780123);
}

TEST(LogLineTest, ATimeThatNobodyCanComputeWithIsNotSaid) {
  const std::string begin = R"({"time":"0000-01-01T00:00:00Z","role":"app","event":"x",)";
  for (const char* number : {"9223372036854775807", "253402300800000000", "-2", "99999999999999999999", "x"}) {
    const auto line = ParseLogLine(begin + R"("micros":)" + number + R"(,"began":)" + number + "}");
    ASSERT_TRUE(line) << number;
    EXPECT_EQ(line->micros, -1) << number;
    EXPECT_EQ(line->began_us, -1) << number;
    EXPECT_EQ(line->start_us(), line->time_us) << number;
  }
  const auto last = ParseLogLine(begin + R"("micros":253402300799999999})");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->start_us(), last->time_us - 253402300799999999);
}

TEST(LogLineTest, WhatIsNoLineIsNotRead) {
  const std::string good = EventText("12:34:56.789", "auth", "info", "x");
  ASSERT_TRUE(ParseLogLine(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseLogLine(good.substr(0, size))) << size;
  for (const std::string& wrong :
       {good + "x", good + good, std::string("[]"), std::string("{}"), std::string("{\"time\":1}"),
        EventText("25:34:56.789", "auth", "info", "x"),
        EventText("12:34:56.789", "auth", "info", "x", R"(,"fields":{"a":{"b":1}})"),
        EventText("12:34:56.789", "auth", "info", "x", R"(,"a":[1])"), EventText("12:34:56.789", "auth", "info", "\\x"),
        EventText("12:34:56.789", "auth", "info", "\\u12g4")}) {
    EXPECT_FALSE(ParseLogLine(wrong)) << wrong;
  }
}

TEST(LogTimeTest, TimesOfRfc3339AndAgesAreRead) {
  EXPECT_EQ(ParseTime("2024-02-29T12:34:56.789Z"), kNow);
  EXPECT_EQ(ParseTime("2024-02-29 13:34:56.789+01:00"), kNow);
  EXPECT_EQ(ParseTime("2024-02-29t12:34:56.789000z"), kNow);
  EXPECT_EQ(ParseTime("2024-02-29T07:04:56.789-05:30"), kNow);
  EXPECT_EQ(ParseTime("1970-01-02"), 86400000000);
  for (const char* wrong :
       {"", "now", "2024-02-30", "2024-02-29T12:34:56", "2024-02-29T24:00:00Z", "2024-02-29T12:34:56.Z",
        "2024-02-29T12:34:56Zx", "2024-02-29T12:34:56+1:00", "2024-2-29", "-024-02-29"}) {
    EXPECT_FALSE(ParseTime(wrong)) << wrong;
  }
  EXPECT_EQ(ParseMoment("90s", kNow), kNow - 90000000);
  EXPECT_EQ(ParseMoment("10m ago", kNow), kNow - 600000000);
  EXPECT_EQ(ParseMoment("2h", kNow), kNow - 7200000000);
  EXPECT_EQ(ParseMoment("3d ago", kNow), kNow - 3 * 86400000000);
  EXPECT_EQ(ParseMoment("4000000000s", kNow), kNow - 4000000000000000);
  for (const char* wrong : {"", "m", " ago", "10", "10 m", "-5m", "1y", "99999999999s", "4294967295w"})
    EXPECT_FALSE(ParseMoment(wrong, kNow)) << wrong;
}

class LogViewTest : public testing::Test {
 protected:
  LogViewTest() {
    fs::create_directory(folder_);
    options_.json = true;
    // Another process holds the lock, as a master does.
    const std::string lock = directory_.path() + "/lock";
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    master_ = fork();
    if (master_ == 0) {
      struct flock whole{};
      whole.l_type = F_WRLCK;
      whole.l_len = 1;
      const int file = open(lock.c_str(), O_RDWR | O_CREAT, 0600);
      if (fcntl(file, F_SETLK, &whole) != 0 || write(ready[1], "x", 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char byte;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~LogViewTest() override { EndMaster(); }
  void EndMaster() {
    if (master_ <= 0) return;
    kill(master_, SIGKILL);
    waitpid(master_, nullptr, 0);
    master_ = 0;
  }

  std::string Path(const std::string& file) const { return folder_ + "/" + file; }
  void Add(const std::string& file, const std::string& line) const {
    std::ofstream(Path(file), std::ios::app) << line << '\n';
  }
  int Show(const std::function<bool()>& over = nullptr) {
    out_.str("");
    err_.str("");
    return ShowLogs(options_, directory_.path(), out_, err_, over);
  }
  std::vector<std::string> Shown() {
    std::vector<std::string> lines;
    std::istringstream text(out_.str());
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path() + "/log";
  pid_t master_ = 0;
  LogOptions options_;
  std::ostringstream out_, err_;
};

TEST_F(LogViewTest, FiltersAreAllApplied) {
  const std::string login = EventText("12:00:01.000", "auth", "info", "login", R"(,"fields":{"name":"ann"})");
  const std::string failed =
      EventText("12:00:02.000", "auth", "warning", "login-failed", R"(,"fields":{"name":"ann"})");
  const std::string other = EventText("12:00:03.000", "bank", "error", "no-room", R"(,"fields":{"why":"ann"})");
  for (const std::string& line : {login, failed, other}) Add("events.log", line);
  Add("events.log", "no line");
  options_.all = true;
  EXPECT_EQ(Show(), kCtlOk);
  EXPECT_THAT(Shown(), ElementsAre(login, failed, other));
  options_.member = "ann";
  Show();
  EXPECT_THAT(Shown(), ElementsAre(login, failed)) << "only some fields name members";
  options_.level = "warning";
  Show();
  EXPECT_THAT(Shown(), ElementsAre(failed));
  options_.member.clear();
  options_.roles = {"bank", "app"};
  Show();
  EXPECT_THAT(Shown(), ElementsAre(other));
  options_ = {};
  options_.since = "2024-02-29T12:00:02Z";
  options_.until = "2024-02-29T12:00:02.500Z";
  Show();
  EXPECT_THAT(Shown(), ElementsAre(failed));
}

TEST_F(LogViewTest, WithoutATimeLinesOfAllTimesAreShown) {
  std::string old = EventText("12:00:01.000", "auth", "info", "login", "");
  for (const std::string day : {"1969-12-31", "0000-01-01", "9999-12-31"}) {
    old.replace(old.find("\"time\":\"") + 8, day.size(), day);
    Add("events.log", old);
  }
  options_.all = true;
  EXPECT_EQ(Show(), kCtlOk);
  EXPECT_EQ(Shown().size(), 3u);
}

TEST_F(LogViewTest, AWrongOptionIsNamed) {
  const auto said = [&](const std::function<void(LogOptions&)>& set) {
    options_ = {};
    set(options_);
    EXPECT_EQ(Show(), kCtlUsage);
    return err_.str();
  };
  EXPECT_THAT(said([](LogOptions& o) { o.request = "4bf9"; }),
              HasSubstr("--request '4bf9': an id has 32 hexadecimal digits"));
  EXPECT_THAT(said([](LogOptions& o) { o.roles = {"banker"}; }), HasSubstr("--role 'banker': there is no such role"));
  EXPECT_THAT(said([](LogOptions& o) { o.level = "loud"; }), HasSubstr("--level 'loud': the levels are trace"));
  EXPECT_THAT(said([](LogOptions& o) { o.since = "yesterday"; }), HasSubstr("--since 'yesterday': give a time like"));
  EXPECT_THAT(said([](LogOptions& o) { o.until = "soon\x1B[2J"; }), Not(HasSubstr("\x1B")));
}

TEST_F(LogViewTest, TheLinesOfARequestAreMergedFromAllFilesInOrderOfTheirBeginning) {
  const std::string of_one = R"(,"request":")" + kOneId + '"', of_two = R"(,"request":")" + kTwoId + '"';
  const std::string access = AccessText("12:00:00.010", "/x", 200, of_one + R"(,"began":1709208000001000)");
  const std::string step = EventText("12:00:00.004", "bank", "trace", "call",
                                     of_one + R"(,"fields":{"from":"app","micros":"2000","began":"1709208000002000"})");
  const std::string security = EventText("12:00:00.006", "bank", "warning", "ticket-refused", of_one);
  Add("access.log", access);
  Add("access.log", AccessText("12:00:00.010", "/y", 200, of_two));
  Add("trace.log.1", step);  // rotated since then
  Add("trace.log", EventText("12:00:00.004", "bank", "trace", "call", of_two));
  for (const char* file : {"events.log", "security.log", "alarms.log.2"}) Add(file, security);
  options_.request = kOneId;
  EXPECT_EQ(Show(), kCtlOk);
  EXPECT_THAT(Shown(), ElementsAre(access, step, security)) << "a line that is in several logs is shown once";
  options_.json = false;
  options_.text = true;
  Show();
  ASSERT_EQ(Shown().size(), 4u);
  EXPECT_EQ(Shown()[0], "request " + kOneId + ", from 2024-02-29T12:00:00.001Z");
  EXPECT_EQ(Shown()[1], "     +0.0 ms       1.5 ms  app.1        request GET /x 200 address=192.0.2.1 bytes=5");
  EXPECT_EQ(Shown()[2], "     +1.0 ms       2.0 ms  bank         trace   call from=app");
  EXPECT_EQ(Shown()[3], "     +5.0 ms               bank         warning ticket-refused");
  options_.request = std::string(32, 'c');
  EXPECT_EQ(Show(), kCtlBad);
}

TEST_F(LogViewTest, TextIsForPeopleAndCannotSteerTheirTerminal) {
  Add("events.log",
      EventText("12:00:00.004", "auth", "warning", "login-failed",
                R"(,"request":")" + kOneId + R"(","fields":{"name":"a \u001b[2J\n\"","empty":"","key\u0007":"x"})"));
  options_ = {};
  options_.all = true;
  options_.terminal = true;
  Show();
  EXPECT_THAT(Shown(), ElementsAre("2024-02-29 12:00:00.004  auth         warning login-failed name=\"a \xEF\xBF\xBD[2J"
                                   "\xEF\xBF\xBD\\\"\" empty=\"\" key\xEF\xBF\xBD=x request=" +
                                   kOneId));
  options_.colour = true;
  Show();
  EXPECT_THAT(out_.str(), HasSubstr("\x1B[33mlogin-failed\x1B[0m"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1B[2J")));
  options_.json = true;
  Show();
  EXPECT_THAT(out_.str(), testing::StartsWith("{\"time\"")) << "--json wins on a terminal";
}

TEST_F(LogViewTest, OnlyTheNewestLinesAreShownAndTheOthersAreCounted) {
  for (int i = 10; i < 60; ++i)
    Add("events.log", EventText("12:00:" + std::to_string(i) + ".000", "auth", "info", "login"));
  options_.level = "info";
  options_.lines = 3;
  Show();
  ASSERT_EQ(Shown().size(), 3u);
  EXPECT_THAT(Shown()[0], HasSubstr("12:00:57"));
  EXPECT_THAT(err_.str(), HasSubstr("47 earlier lines match too"));
}

TEST_F(LogViewTest, LinksAndPipesInTheFolderAreNotRead) {
  Add("secret", EventText("12:00:00.000", "auth", "info", "secret"));
  fs::create_symlink(Path("secret"), Path("events.log"));
  ASSERT_EQ(mkfifo(Path("events.log.1").c_str(), 0600), 0);
  options_.all = true;
  EXPECT_EQ(Show(), kCtlOk);
  EXPECT_THAT(Shown(), testing::IsEmpty());
}

TEST_F(LogViewTest, FollowingLosesNoLineWhenTheLogIsRotatedAgainAndAgain) {
  const auto line = [](int number) { return EventText("12:00:00.000", "auth", "info", "n" + std::to_string(number)); };
  Add("events.log", line(0));
  options_.follow = true;
  int polls = 0, written = 1;
  // Between two looks at the files: lines to the present file, one or two rotations, and lines to a file that was
  // rotated already, as logger writes them until it has got the new one.
  const auto rotate = [&] {
    for (int age = 30; age > 0; --age) {
      if (fs::exists(Path("events.log." + std::to_string(age))))
        fs::rename(Path("events.log." + std::to_string(age)), Path("events.log." + std::to_string(age + 1)));
    }
    fs::rename(Path("events.log"), Path("events.log.1"));
    std::ofstream(Path("events.log"));
  };
  EXPECT_EQ(Show([&] {
              Add("events.log", line(written++));
              if (polls % 2 == 0) {
                rotate();
                Add("events.log.1", line(written++));
              }
              if (polls % 3 == 0) {
                Add("events.log", line(written++));
                rotate();
                rotate();
              }
              return ++polls > 8;
            }),
            kCtlOk);
  std::vector<std::string> expected;
  for (int i = 0; i < written; ++i) expected.push_back(line(i));
  std::vector<std::string> shown = Shown();
  ASSERT_GE(shown.size(), 9u);
  expected.resize(shown.size());  // the last ones were written after the last look
  EXPECT_EQ(shown, expected);
  EXPECT_LE(static_cast<std::size_t>(written) - shown.size(), 4u);
}

TEST_F(LogViewTest, FollowingEndsWithTheSiteAndShowsItsLastLines) {
  Add("events.log", EventText("12:00:00.000", "auth", "info", "first"));
  options_.follow = true;
  int polls = 0;
  EXPECT_EQ(Show([&] {
              if (++polls == 2) {
                EndMaster();
                Add("events.log", EventText("12:00:01.000", "auth", "info", "last"));
              }
              return polls > 100;
            }),
            kCtlOk);
  EXPECT_LE(polls, 100);
  EXPECT_THAT(err_.str(), HasSubstr("the site has stopped"));
  ASSERT_EQ(Shown().size(), 2u);
  EXPECT_THAT(Shown()[1], HasSubstr("last"));
  EXPECT_EQ(Show(), kCtlRefused) << "there is nothing to follow now";
}

TEST_F(LogViewTest, HalfALineWaitsForItsEndAndATooLongOneIsSkipped) {
  const std::string whole = EventText("12:00:00.000", "auth", "info", "whole");
  Add("events.log", whole);
  const int directory = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Result<LogReader> reader = LogReader::Open(directory, "events");
  ASSERT_TRUE(reader.ok());
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  std::ofstream(Path("events.log"), std::ios::app) << "half";
  reader->Read(take);
  EXPECT_THAT(lines, ElementsAre(whole));
  std::ofstream(Path("events.log"), std::ios::app) << " and half\n" << std::string(200'000, 'x') << "\nnext\n";
  reader->Read(take);
  EXPECT_THAT(lines, ElementsAre(whole, "half and half", "next"));
  close(directory);
}

}  // namespace
}  // namespace zoobar
