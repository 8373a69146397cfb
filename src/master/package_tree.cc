#include "master/package_tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "confine/mount_values.h"
#include "confine/packages.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kCopied = 1 << 20;  // larger folders and files are mounted
// A bound for the tmpfs in bytes, far above what the copies of all Debian's modules need.
constexpr const char* kTreeBytes = "512m";

// Returns the bytes of all files below `path`, or a number over kCopied as soon as this is clear.
std::uintmax_t SizeOf(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return fs::file_size(path, failed);
  std::uintmax_t size = 0;
  for (fs::recursive_directory_iterator at(path, failed), end; !failed && at != end && size <= kCopied;
       at.increment(failed)) {
    if (!at->is_symlink(failed) && at->is_regular_file(failed)) size += at->file_size(failed);
  }
  return failed ? kCopied + 1 : size;
}

// Copies a file with its time of change. Python compares this time with the time in the compiled file.
void CopyFile(const fs::path& from, const fs::path& to, std::error_code& failed) {
  fs::copy_file(from, to, failed);
  if (!failed) fs::last_write_time(to, fs::last_write_time(from, failed), failed);
}

// Copies a file, or a folder with all that is in it. Symbolic links are left out, because they lead out of the folder:
// in Debian's packages they are for other programs (style sheets, headers).
Status Copy(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  if (!fs::is_directory(from, failed)) {
    CopyFile(from, to, failed);
  } else {
    fs::create_directory(to, failed);
    for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
      if (at->is_symlink(failed)) continue;
      TRY_STATUS(Copy(at->path(), to / at->path().filename()));
    }
  }
  if (failed) return Error::Of("profile.packages: {}: {}", from.string(), failed.message());
  return {};
}

class Tree {
 public:
  explicit Tree(std::string path) : path_(std::move(path)) {}

  // Makes the tmpfs and its directories.
  Status Begin() {
    TRY(tmpfs_, MakeTmpfs({{"size", kTreeBytes}, {"nr_inodes", "64k"}, {"mode", "755"}}, kAttrNoSuid | kAttrNoDev));
    // The tmpfs is attached nowhere yet, so its files are reached through its descriptor.
    inside_ = fmt::format("/proc/self/fd/{}", tmpfs_.get());
    return {};
  }

  // Puts `from` into the tree, as `place` below the tmpfs. Does nothing if there is no such file or folder.
  Status Add(const fs::path& from, const std::string& place) {
    std::error_code failed;
    if (!fs::exists(from, failed)) return {};
    const fs::path target = inside_ / place;
    fs::create_directories(target.parent_path(), failed);
    if (failed) return Error::Of("profile.packages: {}: {}", place, failed.message());
    if (SizeOf(from) <= kCopied) return Copy(from, target);
    if (fs::is_directory(from, failed)) {
      fs::create_directory(target, failed);
    } else {
      std::ofstream(target).close();
    }
    TRY(Fd mount, TakeFolder(from, FolderUse::kExecute));
    mounts_.push_back({path_ + "/" + place, std::move(mount)});
    return {};
  }

  Status AddFolder(const std::string& place) {
    std::error_code failed;
    fs::create_directory(inside_ / place, failed);
    if (failed) return Error::Of("profile.packages: {}: {}", place, failed.message());
    return {};
  }

  Status AddText(const std::string& text, const std::string& place) {
    std::ofstream file(inside_ / place);
    file << text;
    file.close();
    if (!file) return Error::Of("profile.packages: {} could not be written", place);
    return {};
  }

  // Returns the tree, the tmpfs first. From now on the tmpfs is read-only.
  Result<std::vector<Placed>> Finish() {
    TRY_STATUS(MakeReadOnly(tmpfs_));
    mounts_.insert(mounts_.begin(), Placed{path_, std::move(tmpfs_)});
    return std::move(mounts_);
  }

 private:
  std::string path_;
  Fd tmpfs_;
  fs::path inside_;
  std::vector<Placed> mounts_;
};

// Returns the name of a part of the tree relative to the tree, for example "modules".
std::string Part(const char* path) { return path + std::string_view(kPackageTree).size() + 1; }

Status AddModule(Tree& tree, const fs::path& module) {
  const std::string modules = Part(kPackageModules) + "/";
  TRY_STATUS(tree.Add(module, modules + module.filename().string()));
  if (module.extension() != ".py") return {};
  const std::string compiled = "__pycache__/" + module.stem().string() + "." ZOOBAR_PYTHON_TAG ".pyc";
  return tree.Add(module.parent_path() / compiled, modules + compiled);
}

Status Fill(Tree& tree, const PackageFiles& files, const std::vector<std::string>& warm) {
  for (const char* part : {kPackageModules, kPackageLibraries, kPackageData}) TRY_STATUS(tree.AddFolder(Part(part)));
  for (const std::string& module : files.modules) TRY_STATUS(AddModule(tree, module));
  for (const auto& [name, file] : files.libraries) TRY_STATUS(tree.Add(file, Part(kPackageLibraries) + "/" + name));
  for (const std::string& folder : files.data)
    TRY_STATUS(tree.Add(folder, Part(kPackageData) + "/" + fs::path(folder).filename().string()));
  std::string lines;
  for (const std::string& name : warm) lines += name + "\n";
  return tree.AddText(lines, Part(kPackagesToWarm));
}

}  // namespace

Result<std::vector<Placed>> MakePackageTree(const PackageFiles& files, const std::vector<std::string>& warm,
                                            const std::string& path) {
  Tree tree(path);
  const mode_t before = umask(022);  // runs have ids of their own and must be able to read everything
  Status status = tree.Begin();
  if (status.ok() && !files.modules.empty()) status = Fill(tree, files, warm);
  umask(before);
  TRY_STATUS(std::move(status));
  return tree.Finish();
}

}  // namespace zoobar
