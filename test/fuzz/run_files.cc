// The files that a run leaves, and that the next run finds (src/sandbox/files.h).
//
// Each line of an input makes one thing in the run's tree. In a path, a byte 1 stands for a line feed.
//   m BYTES INODES       the limits
//   d PATH               a directory
//   f PATH CONTENT       a file; the path ends at the first blank
//   z PATH SIZE          a file with a hole
//   l PATH TARGET        a symbolic link
//   h PATH OTHER         a hard link
//   p PATH               a named pipe
//   k PATH CONTENT       what the store keeps for the next run, whatever the path is: not made in the tree
#include "sandbox/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/require.h"
#include "fuzz/scratch_folder.h"
#include "sandbox/walls.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kPage = 4096, kMostBytes = 1 << 20, kMostInodes = 64;
constexpr int kMostLines = 200;
constexpr double kMostCpuMs = 5000;
constexpr std::string_view kSecret = "this file is outside of the tree";

// The process works in the folder while the object lives, as a run does in its root.
class WorkingIn {
 public:
  explicit WorkingIn(const std::string& path) : before_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    Require(chdir(path.c_str()) == 0, "the folder can be entered");
  }
  ~WorkingIn() { Require(fchdir(before_.get()) == 0, "the way back"); }
  WorkingIn(const WorkingIn&) = delete;
  WorkingIn& operator=(const WorkingIn&) = delete;

 private:
  Fd before_;
};

std::string_view TakeWord(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

struct Tree {
  std::uint64_t bytes = 65536, inodes = 16;
  ProgramFiles kept;
};

// Returns a path that leads nowhere but below the folder, or an empty one.
std::string Inside(std::string_view path) {
  std::string inside(path.substr(0, 2000));
  std::replace(inside.begin(), inside.end(), '\x01', '\n');
  const std::string slashed = "/" + inside + "/";
  const bool climbs = slashed.find("/../") != slashed.npos || inside.starts_with('/');
  return climbs || inside.find('\0') != inside.npos ? "" : inside;
}

void WriteFile(const std::string& path, std::string_view content, std::uint64_t size) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644));
  if (!file) return;
  // A file of a run is never larger than its tmpfs.
  if (ftruncate(file.get(), static_cast<off_t>(std::min(size, 2 * kMostBytes))) != 0) return;
  [[maybe_unused]] const ssize_t written = write(file.get(), content.data(), content.size());
}

void MakeOne(std::string_view line, Tree& tree) {
  const std::string_view kind = TakeWord(line), first = TakeWord(line);
  const std::string path = Inside(first), other = Inside(line);
  if (kind == "m") {
    tree.bytes = std::min<std::uint64_t>(std::strtoull(std::string(first).c_str(), nullptr, 10), kMostBytes);
    tree.inodes = std::min<std::uint64_t>(std::strtoull(other.c_str(), nullptr, 10), kMostInodes);
  } else if (kind == "k") {
    ProgramFiles::File& file = *tree.kept.add_files();
    file.set_path(std::string(first));
    file.set_directory(line == "/");
    if (!file.directory()) file.set_content(std::string(line));
  }
  if (path.empty()) return;
  // What the calls refuse (a name that is too long, a name in use) is not made.
  if (kind == "d") {
    (void)mkdir(path.c_str(), 0755);
  } else if (kind == "f") {
    WriteFile(path, line, line.size());
  } else if (kind == "z") {
    WriteFile(path, "", std::strtoull(other.c_str(), nullptr, 10));
  } else if (kind == "l") {
    [[maybe_unused]] const int made = symlink(std::string(line).c_str(), path.c_str());
  } else if (kind == "h" && !other.empty()) {
    [[maybe_unused]] const int made = linkat(AT_FDCWD, other.c_str(), AT_FDCWD, path.c_str(), 0);
  } else if (kind == "p") {
    (void)mkfifo(path.c_str(), 0644);
  }
}

void CheckLeftovers(const Leftovers& left, const Tree& tree) {
  Require(left.dropped_size() <= kMaxDropped, "few dropped files are named");
  for (const std::string& one : left.dropped())
    Require(IsUtf8(one) && one.size() <= 3 * 200 + 60, "a dropped file is named in bounded text");
  std::uint64_t bytes = 0;
  std::set<std::string> paths;
  std::string before;
  for (const ProgramFiles::File& file : left.files().files()) {
    Require(IsPlainPath(file.path()), "only plain paths are taken back");
    Require(file.path() > before, "files are sorted, and each comes once");
    before = file.path();
    paths.insert(file.path());
    Require(!file.directory() || file.content().empty(), "a directory has no content");
    Require(file.content().find(kSecret) == std::string::npos, "no link leads out of the tree");
    bytes += (file.content().size() + kPage - 1) / kPage * kPage;

    struct stat status;
    Require(lstat(file.path().c_str(), &status) == 0, "what is taken back is there");
    Require(file.directory() ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode) && status.st_nlink == 1,
            "only directories and files with one name are taken back");
    Require(file.directory() || static_cast<std::size_t>(status.st_size) == file.content().size(), "a file is whole");
  }
  Require(bytes <= tree.bytes, "the bytes are within their limit");
  Require(static_cast<std::uint64_t>(left.files().files_size()) <= tree.inodes, "the files are within their limit");
}

Fd Here() { return Fd(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)); }

// What was taken back is laid out for the next run, and taken back again.
void CheckNextRun(const Leftovers& left, const Tree& tree) {
  const ScratchFolder folder;
  const WorkingIn next(folder.path());
  for (const char* of_the_walls : {"usr", "usr/lib", kStandardLibrary + 1, "usr/share", "usr/share/zoneinfo", "dev"})
    Require(mkdir(of_the_walls, 0755) == 0, "the folders of the walls");
  const Status laid = LayOut(left.files());
  if (!laid.ok()) std::fprintf(stderr, "%s\n", laid.error().text.c_str());
  Require(laid.ok(), "everything that is kept can be laid out");
  const Leftovers again = TakeBack(Here(), tree.bytes, tree.inodes);
  Require(again.files().SerializeAsString() == left.files().SerializeAsString(), "the next run leaves the same files");
}

// The store may hold anything, for instance what an earlier version kept.
void CheckKept(const Tree& tree, const std::string& outside) {
  const ScratchFolder folder;
  Require(mkdir((folder.path() + "/root").c_str(), 0755) == 0, "a root");
  {
    const WorkingIn next(folder.path() + "/root");
    const Status laid = LayOut(tree.kept);
    if (!laid.ok()) Require(!laid.error().text.empty(), "the Error names the file");
    if (laid.ok()) {
      for (const ProgramFiles::File& file : tree.kept.files()) Require(IsPlainPath(file.path()), "only plain paths");
    }
  }
  std::size_t beside = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++beside;
  Require(beside == 1 && std::filesystem::file_size(outside) == kSecret.size(), "nothing is written out of the root");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  Tree tree;
  const ScratchFolder folder;
  const std::string outside = folder.path() + "/secret", root = folder.path() + "/root";
  WriteFile(outside, kSecret, kSecret.size());
  Require(mkdir(root.c_str(), 0755) == 0, "a root");
  {
    const WorkingIn here(root);
    for (int lines = 0; !input.empty() && lines < kMostLines; ++lines) {
      const std::string_view line = input.substr(0, input.find('\n'));
      input.remove_prefix(std::min(line.size() + 1, input.size()));
      MakeOne(line, tree);
    }
    const Leftovers left = TakeBack(Here(), tree.bytes, tree.inodes);
    CheckLeftovers(left, tree);
    Require(TakeBack(Here(), tree.bytes, tree.inodes).files().SerializeAsString() == left.files().SerializeAsString() ||
                left.dropped_size() > 0,
            "an unchanged tree gives an equal message");
    CheckNextRun(left, tree);
  }
  CheckKept(tree, outside);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
