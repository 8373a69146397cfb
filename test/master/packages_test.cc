// Which files a module needs, from dpkg's lists and from the files themselves.
#include "master/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "live_site/temporary_directory.h"
#include "master/debian.h"
#include "master/shared_libraries.h"

namespace zoobar {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

// A machine with a few packages, in a folder.
class PackagesTest : public testing::Test {
 protected:
  PackagesTest() { fs::create_directories(root_ + "/var/lib/dpkg/info"); }

  void Install(const std::string& package, const std::string& depends, const std::vector<std::string>& files,
               const std::string& list_suffix = "", const std::string& status = "install ok installed") {
    std::ofstream(root_ + "/var/lib/dpkg/status", std::ios::app)
        << "Package: " << package << "\nStatus: " << status << "\nArchitecture: amd64\nDepends: " << depends
        << "\nDescription: text\n Package: python3-other\n .\n more\n\n";
    std::ofstream list(root_ + "/var/lib/dpkg/info/" + package + list_suffix + ".list");
    for (const std::string& file : files) {
      list << file << "\n";
      fs::create_directories(fs::path(root_ + file).parent_path());
      if (fs::path(file).has_extension()) std::ofstream(root_ + file) << "x";
    }
  }

  PackageFiles Find(const std::vector<std::string>& names) {
    Result<PackageFiles> found = FindPackages(names, root_);
    EXPECT_TRUE(found.ok());
    return found.ok() ? std::move(*found) : PackageFiles();
  }

  const TemporaryDirectory directory_;
  const std::string root_ = directory_.path();
};

std::string Module(const std::string& name) { return std::string(DebianPackages::kModules) + "/" + name; }

TEST_F(PackagesTest, AModuleComesWithThoseThatItsPackageDependsOnAndNoOthers) {
  Install(
      "python3-chart", "python3 (>= 3.11~), python3-array (>= 1:1.22), libc6 (>= 2.34), python-chart-data",
      {Module("chart/__init__.py"), Module("chart-1.0.egg-info/PKG-INFO"), Module("chart.pth"), "/usr/bin/chart.py"});
  Install("python3-array", "python3-none | python3-small:any", {Module("array_of/__init__.py")}, ":amd64");
  Install("python3-small", "python3-chart", {Module("small.py"), Module("_small.cpython-311-x86_64-linux-gnu.so")});
  Install("python3-none", "", {Module("none/__init__.py")}, "", "deinstall ok config-files");
  Install("python-chart-data", "",
          {"/usr/share/chart/data.txt", "/usr/share/doc/python-chart-data/copyright.txt", "/etc/chart.rc"});
  Install("python3-secret", "", {Module("secret/__init__.py"), "/usr/share/secret/key.txt"});
  const PackageFiles found = Find({"chart"});
  EXPECT_THAT(found.modules,
              UnorderedElementsAre(Module("chart"), Module("chart-1.0.egg-info"), Module("array_of"),
                                   Module("small.py"), Module("_small.cpython-311-x86_64-linux-gnu.so")));
  EXPECT_THAT(found.data, ElementsAre("/usr/share/chart"));
  EXPECT_THAT(found.missing, IsEmpty());
}

TEST_F(PackagesTest, AModuleMayBeASingleFileAndSharedByPackages) {
  Install("python3-one", "", {Module("shared/one.py")});
  Install("python3-two", "", {Module("shared/two.py"), Module("two.py")});
  Install("python3-file", "", {Module("single.py")});
  EXPECT_THAT(Find({"single"}).modules, ElementsAre(Module("single.py")));
  EXPECT_THAT(Find({"shared"}).modules, UnorderedElementsAre(Module("shared"), Module("two.py")));
}

TEST_F(PackagesTest, WhatIsNotInstalledIsNamed) {
  Install("python3-array", "", {Module("array_of/__init__.py")});
  Install("python3-gone", "", {Module("gone/__init__.py")}, "", "deinstall ok config-files");
  const PackageFiles found = Find({"array_of", "gone", "array", "__pycache__", "array_of-1"});
  EXPECT_THAT(found.missing, ElementsAre("gone", "array", "__pycache__", "array_of-1"));
  EXPECT_THAT(found.modules, ElementsAre(Module("array_of")));
}

TEST_F(PackagesTest, WithoutNamesNothingIsReadAndWithoutDpkgThereIsAnError) {
  EXPECT_TRUE(FindPackages({}, root_ + "/none").ok());
  const Result<PackageFiles> found = FindPackages({"numpy"}, root_ + "/none");
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().text, HasSubstr("/var/lib/dpkg/status"));
}

TEST(SharedLibraries, TheNamesAreReadFromTheFile) {
  EXPECT_THAT(NeededLibraries("/proc/self/exe"), Contains("libc.so.6"));
  EXPECT_THAT(NeededLibraries("/etc/passwd"), IsEmpty());
  EXPECT_THAT(NeededLibraries("/nowhere"), IsEmpty());
}

// What the file says about itself is not believed: each number may be anything.
TEST(SharedLibraries, ADamagedFileIsReadWithoutHarm) {
  std::ifstream whole("/proc/self/exe", std::ios::binary);
  std::string head(4096, '\0');
  whole.read(head.data(), static_cast<std::streamsize>(head.size()));
  std::string name = fs::temp_directory_path() / "library-XXXXXX";
  const int file = mkstemp(name.data());
  ASSERT_GE(file, 0);
  for (std::size_t at = 16; at < 512; ++at) {
    std::string damaged = head;
    damaged[at] = '\xFF';
    ASSERT_EQ(pwrite(file, damaged.data(), damaged.size(), 0), static_cast<ssize_t>(damaged.size()));
    for (const std::string& needed : NeededLibraries(name)) EXPECT_THAT(needed, Not(HasSubstr("/")));
  }
  close(file);
  fs::remove(name);
}

TEST(SharedLibraries, LibrariesThatThisProcessHasAreLeftOut) {
  const auto found = FindLibraries({"/proc/self/exe"}, LibraryFolders());
  EXPECT_FALSE(found.contains("libc.so.6"));
  EXPECT_THAT(LibraryFolders(), Contains("/usr/lib"));
}

}  // namespace
}  // namespace zoobar
