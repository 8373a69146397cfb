#include "site/log_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "live_site/temporary_directory.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

class LogFilesTest : public testing::Test {
 protected:
  LogFilesTest() {
    directory_ = Fd(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    files_ = std::make_unique<LogFiles>(directory_.get(), said_);
    rules_.set_rotate_bytes(100);
    rules_.set_keep(3);
    rules_.set_alarm_rotate_bytes(1000);
    rules_.set_alarm_keep(5);
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // Opens every file, as for logger at its start.
  void OpenAll() {
    for (const std::string_view file : kLogFiles) held_[file] = files_->Open(file);
  }
  // Replaces the files that are renewed, as logger does. Returns their names.
  std::vector<std::string> Renew() {
    std::vector<std::string> names;
    for (LogFiles::Renewed& renewed : files_->Renew(rules_)) {
      names.emplace_back(renewed.file);
      held_[renewed.file] = std::move(renewed.fd);
    }
    return names;
  }
  void Write(std::string_view file, const std::string& text) {
    EXPECT_EQ(write(held_[file].get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  bool Said(const std::string& event, const std::string& file) const {
    return std::ranges::any_of(said_.lines, [&](const FakeLog::Line& line) {
      return line.event == event && line.security && line.fields.at("file") == file && !line.fields.at("why").empty();
    });
  }

  const TemporaryDirectory scratch_;
  const std::string folder_ = scratch_.path();
  Fd directory_;
  FakeLog said_;
  std::unique_ptr<LogFiles> files_;
  Config::Log rules_;
  std::map<std::string_view, Fd> held_;
};

const std::string kFull(100, 'x');

TEST_F(LogFilesTest, ALineThatTheLastLoggerDidNotEndIsEndedExceptInASealedLog) {
  for (const std::string_view file : kLogFiles) std::ofstream(Path(std::string(file) + ".log")) << "whole\n{\"begun";
  for (int start = 0; start < 2; ++start) {
    OpenAll();
    for (const std::string_view file : kLogFiles) {
      const bool sealed = std::ranges::find(kSealedLogs, file) != std::end(kSealedLogs);
      EXPECT_EQ(Read(std::string(file) + ".log"), sealed ? "whole\n{\"begun" : "whole\n{\"begun\n") << file;
    }
  }
}

TEST_F(LogFilesTest, AFileIsTheOwnersAloneAndOnlyAppendedTo) {
  std::ofstream(Path("access.log")) << "before\n";
  chmod(Path("access.log").c_str(), 0644);
  OpenAll();
  for (const std::string_view file : kLogFiles) {
    ASSERT_TRUE(held_[file]) << file;
    struct stat about{};
    ASSERT_EQ(fstat(held_[file].get(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600u) << file;
    EXPECT_EQ(fcntl(held_[file].get(), F_GETFL) & (O_APPEND | O_ACCMODE | O_NONBLOCK), O_APPEND | O_WRONLY) << file;
  }
  Write("access", "after\n");
  EXPECT_EQ(Read("access.log"), "before\nafter\n");
  EXPECT_TRUE(Renew().empty()) << "nothing is full or gone";
}

TEST_F(LogFilesTest, AFullFileIsRotatedAndSoManyAreKept) {
  OpenAll();
  for (int i = 1; i <= 5; ++i) {
    Write("events", std::to_string(i) + kFull);
    EXPECT_EQ(Renew(), std::vector<std::string>{"events"});
  }
  EXPECT_EQ(Read("events.log"), "");
  for (const auto& [name, begins] : {std::pair("events.log.1", '5'), {"events.log.2", '4'}, {"events.log.3", '3'}}) {
    EXPECT_EQ(Read(name).at(0), begins) << name;
  }
  EXPECT_FALSE(fs::exists(Path("events.log.4")));
  EXPECT_FALSE(fs::exists(Path("events.log.new")));
}

TEST_F(LogFilesTest, BeforeTheOldestFileIsDeletedSomebodyIsTold) {
  std::vector<std::string> told;
  files_->SetBeforeDeletion([&](std::string_view file, const std::string& oldest) {
    EXPECT_EQ(file, "audit");
    told.push_back(oldest + " " + Read(oldest).at(0));
  });
  rules_.set_audit_rotate_bytes(100);
  rules_.set_audit_keep(2);
  OpenAll();
  for (int i = 1; i <= 4; ++i) {
    Write("audit", std::to_string(i) + kFull);
    EXPECT_EQ(Renew(), std::vector<std::string>{"audit"});
  }
  EXPECT_EQ(told, (std::vector<std::string>{"audit.log.1 2", "audit.log.1 3"}));
  EXPECT_EQ(Read("audit.log.2").at(0), '3');
}

TEST_F(LogFilesTest, AlarmsHaveARuleOfTheirOwn) {
  OpenAll();
  Write("alarms", kFull);
  EXPECT_TRUE(Renew().empty());
  for (int i = 0; i < 6; ++i) {
    Write("alarms", std::string(1000, static_cast<char>('a' + i)));
    EXPECT_EQ(Renew(), std::vector<std::string>{"alarms"});
  }
  EXPECT_EQ(Read("alarms.log.5").at(0), 'b');
}

TEST_F(LogFilesTest, AFileThatWasMovedAwayIsOpenedAnewUnderItsName) {
  OpenAll();
  Write("access", "old\n");
  fs::rename(Path("access.log"), Path("x"));
  EXPECT_EQ(Renew(), std::vector<std::string>{"access"});
  Write("access", "new\n");
  EXPECT_EQ(Read("x"), "old\n");
  EXPECT_EQ(Read("access.log"), "new\n");
  // Rotation continues.
  Write("access", kFull);
  EXPECT_EQ(Renew(), std::vector<std::string>{"access"});
  EXPECT_EQ(Read("access.log"), "");
  EXPECT_EQ(Read("access.log.1"), "new\n" + kFull);
}

TEST_F(LogFilesTest, AnotherFileUnderTheNameIsWrittenToFromThenOn) {
  OpenAll();
  fs::rename(Path("access.log"), Path("x"));
  std::ofstream(Path("access.log")) << "made by logrotate\n";
  EXPECT_EQ(Renew(), std::vector<std::string>{"access"});
  Write("access", "line\n");
  EXPECT_EQ(Read("access.log"), "made by logrotate\nline\n");
}

TEST_F(LogFilesTest, LinksPipesAndFoldersAreNotOpened) {
  std::ofstream(Path("victim")) << "victim\n";
  fs::create_symlink(Path("victim"), Path("events.log"));
  fs::create_symlink(Path("made"), Path("security.log"));  // dangling
  fs::create_hard_link(Path("victim"), Path("access.log"));
  ASSERT_EQ(mkfifo(Path("alarms.log").c_str(), 0600), 0);
  fs::create_symlink(Path("victim"), Path("audit.log"));
  fs::create_directory(Path("money.log"));
  fs::create_directory(Path("trace.log"));
  OpenAll();
  for (const std::string_view file : kLogFiles) {
    EXPECT_FALSE(held_[file]) << file;
    EXPECT_TRUE(Said("log-not-opened", std::string(file) + ".log")) << file;
  }
  EXPECT_EQ(Read("victim"), "victim\n");
  EXPECT_FALSE(fs::exists(Path("made")));
  EXPECT_TRUE(Renew().empty());
  for (const std::string_view file : kLogFiles) fs::remove(Path(std::string(file) + ".log"));
  EXPECT_EQ(Renew().size(), std::size(kLogFiles)) << "they are opened when nothing is in their way any more";
}

TEST_F(LogFilesTest, ALinkPlantedAtRotationIsNotFollowed) {
  OpenAll();
  std::ofstream(Path("victim")) << "victim\n";
  fs::create_symlink(Path("victim"), Path("events.log.new"));
  fs::create_symlink(Path("victim"), Path("events.log.1"));
  Write("events", kFull);
  EXPECT_EQ(Renew(), std::vector<std::string>{"events"});
  Write("events", "line\n");
  EXPECT_EQ(Read("events.log"), "line\n");
  EXPECT_EQ(Read("events.log.1"), kFull);
  EXPECT_EQ(Read("victim"), "victim\n");
}

// The new file cannot be created here, as on a full disk or in a folder that is not writable.
TEST_F(LogFilesTest, WhenNoFileCanBeMadeTheOldOneKeepsItsNameAndIsTriedAgain) {
  OpenAll();
  Write("events", kFull);
  fs::create_directories(Path("events.log.new/in-the-way"));
  EXPECT_TRUE(Renew().empty());
  EXPECT_TRUE(Said("log-not-rotated", "events.log"));
  Write("events", "more\n");
  EXPECT_EQ(Read("events.log"), kFull + "more\n");
  fs::remove_all(Path("events.log.new"));
  EXPECT_EQ(Renew(), std::vector<std::string>{"events"});
  EXPECT_EQ(Read("events.log.1"), kFull + "more\n");
}

TEST_F(LogFilesTest, AFileThatCannotBeShiftedIsNotWrittenOver) {
  OpenAll();
  for (const char* text : {"first", "second"}) {
    Write("events", text + kFull);
    Renew();
  }
  Write("events", "third" + kFull);
  fs::create_directory(Path("events.log.3"));
  EXPECT_TRUE(Renew().empty());
  EXPECT_TRUE(Said("log-not-rotated", "events.log"));
  EXPECT_EQ(Read("events.log.2"), "first" + kFull);
  EXPECT_EQ(Read("events.log.1"), "second" + kFull);
  EXPECT_EQ(Read("events.log"), "third" + kFull);
  EXPECT_FALSE(fs::exists(Path("events.log.new")));
}

}  // namespace
}  // namespace zoobar
