#include "master/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class InstalledProgramTest : public testing::Test {
 protected:
  InstalledProgramTest() {
    Write("zoobar", "one");
    installed_.directory = Fd(open(folder_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    installed_.name = "zoobar";
    present_ = Fd(open(PathOf("zoobar").c_str(), O_RDONLY | O_CLOEXEC));
  }
  std::string PathOf(const std::string& name) const { return folder_.path() + "/" + name; }
  void Write(const std::string& name, const std::string& text, mode_t mode = 0755) {
    std::ofstream(PathOf(name)) << text;
    chmod(PathOf(name).c_str(), mode);
  }
  // As a package manager does it.
  void Install(const std::string& text, mode_t mode = 0755) {
    Write("new", text, mode);
    std::filesystem::rename(PathOf("new"), PathOf("zoobar"));
  }
  std::string Refusal() const {
    const Result<Fd> file = OpenInstalledProgram(installed_, present_);
    return file.ok() ? "" : file.error().text;
  }

  TemporaryDirectory folder_;
  InstalledProgram installed_;
  Fd present_;
};

TEST_F(InstalledProgramTest, TheNewFileOfTheSameNameIsOpened) {
  Install("two");
  const Result<Fd> file = OpenInstalledProgram(installed_, present_);
  ASSERT_TRUE(file.ok()) << file.error().text;
  char text[8] = {};
  ASSERT_EQ(read(file->get(), text, sizeof text), 3);
  EXPECT_STREQ(text, "two");
}

TEST_F(InstalledProgramTest, TheProgramInUseIsNoNewOne) {
  EXPECT_THAT(Refusal(), HasSubstr("is the one that is in use"));
}

TEST_F(InstalledProgramTest, WhatOthersMayWriteOrNobodyMayExecuteIsRefused) {
  Install("two", 0775);
  EXPECT_THAT(Refusal(), HasSubstr("others than root may write to zoobar"));
  Install("two", 0757);
  EXPECT_THAT(Refusal(), HasSubstr("others than root may write to zoobar"));
  Install("two", 0700);
  EXPECT_THAT(Refusal(), HasSubstr("zoobar is not a program"));
}

TEST_F(InstalledProgramTest, LinksFoldersAndPipesAreRefused) {
  std::filesystem::remove(PathOf("zoobar"));
  EXPECT_THAT(Refusal(), HasSubstr("No such file"));
  std::filesystem::create_symlink("/bin/true", PathOf("zoobar"));
  EXPECT_THAT(Refusal(), HasSubstr("Too many levels of symbolic links"));
  std::filesystem::remove(PathOf("zoobar"));
  std::filesystem::create_directory(PathOf("zoobar"));
  EXPECT_THAT(Refusal(), HasSubstr("zoobar is not a program"));
  std::filesystem::remove(PathOf("zoobar"));
  ASSERT_EQ(mkfifo(PathOf("zoobar").c_str(), 0755), 0);
  EXPECT_THAT(Refusal(), HasSubstr("zoobar is not a program"));  // and it does not wait for a writer
}

TEST_F(InstalledProgramTest, APlaceThatIsNotRootsAloneIsNeverUsed) {
  installed_.refused = "others than root may write to /srv";
  Install("two");
  EXPECT_EQ(Refusal(), "others than root may write to /srv");
}

TEST(FindInstalledProgram, NamesTheFolderAndTheFileOfThisProgram) {
  const InstalledProgram installed = FindInstalledProgram();
  EXPECT_EQ(installed.name, "master_test");
  EXPECT_TRUE(installed.directory);
}

}  // namespace
}  // namespace zoobar
