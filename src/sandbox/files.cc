#include "sandbox/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "confine/packages.h"
#include "ipc/descriptors.h"
#include "ipc/try.h"
#include "sandbox/walls.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kPage = 4096;

Fd OpenPlain(int directory, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  return Fd(static_cast<int>(syscall(SYS_openat2, directory, name, &how, sizeof how)));
}

// Returns whether `path` is below the folder `above`, or is that folder.
bool IsBelow(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

// Returns whether `path` is a mounted folder or a directory above one.
bool LeadsToMount(std::string_view path) {
  return std::ranges::any_of(kMountedFolders, [path](std::string_view mount) { return IsBelow(mount, path); });
}

// Returns whether every run has this directory in its root before its files are laid out.
bool IsOfTheWalls(std::string_view path) { return LeadsToMount(path) || path == kDataFolder; }

// Returns whether `path` is the tree of packages, or a folder in which something of packages is mounted
// (confine/packages.h), or is below one of these. A directory there was made by the site.
bool IsOfPackages(std::string_view path) {
  return IsBelow(path, std::string_view(kPackageTree).substr(1)) || IsBelow(path, "usr/share");
}

// Returns the mounted folder because of which the file cannot be laid out in the next run, or an empty text.
std::string_view InTheWay(std::string_view path, bool is_directory) {
  for (const std::string_view mount : kMountedFolders) {
    if ((IsBelow(path, mount) && path != mount) || (!is_directory && IsBelow(mount, path))) return mount;
  }
  // So that the file can also be laid out when the operator lists the first package.
  if (!is_directory && IsOfPackages(path)) return std::string_view(kPackageTree).substr(1);
  return {};
}

std::string NameOfMount(std::string_view mount) {
  return mount == kStandardLibrary + 1 ? "the standard library" : "/" + std::string(mount);
}

// Makes the folder, unless one of the files has its name.
Status MakeFolder(std::string_view folder, const ProgramFiles& files) {
  const auto has_its_name = [folder](const auto& file) { return file.path() == folder && !file.directory(); };
  if (std::ranges::any_of(files.files(), has_its_name)) return {};
  const std::string name(folder);
  if (mkdir(name.c_str(), 0755) != 0 && errno != EEXIST) return Error::FromErrno(name);
  return {};
}

Status WriteFile(const std::string& path, std::string_view content) {
  Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return Error::FromErrno(path);
  if (!WriteAll(file.get(), content)) return Error::FromErrno(path);
  return {};
}

// Reads a tree of files into a Leftovers message, up to a number of bytes and of inodes.
class FileTree {
 public:
  FileTree(std::uint64_t max_bytes, std::uint64_t max_inodes) : bytes_left_(max_bytes), inodes_left_(max_inodes) {}

  Leftovers TakeBack(const Fd& root) {
    Fd top = OpenPlain(root.get(), ".", O_DIRECTORY);
    if (!top) {
      Drop("/", "could not be read");
    } else {
      waiting_.push_back({"", std::move(top)});
    }
    while (!waiting_.empty()) {
      Folder folder = std::move(waiting_.back());
      waiting_.pop_back();
      ReadFolder(std::move(folder));
    }
    // Sorts the files by path, so that an unchanged tree gives an equal message, and each directory comes before its
    // content.
    auto& files = *taken_.mutable_files()->mutable_files();
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path() < b.path(); });
    return std::move(taken_);
  }

 private:
  struct Folder {
    std::string path;
    Fd fd;
  };

  void Drop(const std::string& path, std::string_view why) {
    if (taken_.dropped_size() < kMaxDropped)
      taken_.add_dropped(MendUtf8(path.substr(0, 200)) + ": " + std::string(why));
  }

  void ReadFolder(Folder folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(folder.fd.get()), closedir);
    if (!directory) return Drop(folder.path, "could not be read");
    folder.fd.release();
    while (const dirent* entry = readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        TakeEntry(dirfd(directory.get()), folder.path.empty() ? std::string(name) : folder.path + "/" + entry->d_name,
                  entry->d_name);
      }
    }
  }

  void TakeEntry(int directory, std::string path, const char* name) {
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return Drop(path, "could not be read");
    const bool is_directory = S_ISDIR(status.st_mode);
    // On a scratch, root owns the master's copy of the library and of the time zones.
    if (status.st_uid == 0 && geteuid() != 0) return;
    if (is_directory && path == kTemporaryFolder) return;
    if (!is_directory && !S_ISREG(status.st_mode)) {
      return Drop(path, S_ISLNK(status.st_mode) ? "a symbolic link" : "neither a file nor a directory");
    }
    if (!is_directory && status.st_nlink != 1) return Drop(path, "has several names (hard links)");
    if (!IsPlainPath(path)) return Drop(path, "its path is too long, or not UTF-8");
    // Laying this file out in the next run would fail, and then that run could not start.
    if (const std::string_view mount = InTheWay(path, is_directory); !mount.empty())
      return Drop(path, "in the place of " + NameOfMount(mount));
    const bool of_the_walls = is_directory && (IsOfTheWalls(path) || IsOfPackages(path));
    const auto size = is_directory ? 0 : static_cast<std::uint64_t>(status.st_size);
    if (!of_the_walls && inodes_left_ == 0) return Drop(path, "too many files");
    // The size in whole pages, because the tmpfs in which the file will be laid out also counts whole pages.
    const std::uint64_t room = (size + kPage - 1) / kPage * kPage;
    if (room > bytes_left_) return Drop(path, "too many bytes");
    Fd fd = OpenPlain(directory, name, is_directory ? O_DIRECTORY : 0);
    if (!fd) return Drop(path, "could not be opened");
    if (of_the_walls) return waiting_.push_back({std::move(path), std::move(fd)});
    --inodes_left_;
    ProgramFiles::File file;
    file.set_path(path);
    file.set_directory(is_directory);
    if (!is_directory) {
      if (!ReadContent(fd, size, *file.mutable_content())) return Drop(path, "could not be read");
      bytes_left_ -= room;
    }
    *taken_.mutable_files()->add_files() = std::move(file);
    if (is_directory) waiting_.push_back({std::move(path), std::move(fd)});
  }

  static bool ReadContent(const Fd& fd, std::uint64_t size, std::string& content) {
    content.resize(size);
    std::size_t held = 0;
    while (held < size) {
      const ssize_t count = read(fd.get(), content.data() + held, size - held);
      if (count <= 0) return false;
      held += static_cast<std::size_t>(count);
    }
    return true;
  }

  Leftovers taken_;
  std::vector<Folder> waiting_;
  std::uint64_t bytes_left_, inodes_left_;
};

}  // namespace

bool IsPlainPath(std::string_view path) {
  if (path.empty() || path.size() > kMaxFilePath || !IsUtf8(path) || path.find('\0') != path.npos) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

Status LayOut(const ProgramFiles& files) {
  for (const std::string_view folder : {kDataFolder, kTemporaryFolder}) TRY_STATUS(MakeFolder(folder, files));
  for (const ProgramFiles::File& file : files.files()) {
    if (!IsPlainPath(file.path())) return Error{"a path that is not allowed"};
    // An earlier version of zoobar kept a file or a directory here, because nothing was mounted at this path.
    if (!InTheWay(file.path(), file.directory()).empty() || IsOfPackages(file.path())) continue;
    if (file.directory()) {
      if (mkdir(file.path().c_str(), 0755) != 0 && errno != EEXIST) return Error::FromErrno(file.path());
    } else {
      TRY_STATUS(WriteFile(file.path(), file.content()));
    }
  }
  return {};
}

Leftovers TakeBack(const Fd& root, std::uint64_t max_bytes, std::uint64_t max_inodes) {
  return FileTree(max_bytes, max_inodes).TakeBack(root);
}

}  // namespace zoobar
