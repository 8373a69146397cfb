#include "master/packages.h"

#include <algorithm>
#include <filesystem>

#include "ipc/try.h"
#include "master/debian.h"
#include "master/shared_libraries.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShare = "/usr/share/";
// Folders of /usr/share that many packages share. They are for people and for other programs.
constexpr std::string_view kNotData[] = {"doc", "lintian", "man", "info", "menu", "locale", "bug", "fonts", "python3"};

bool IsMetadata(const std::string& entry) { return entry.ends_with(".egg-info") || entry.ends_with(".dist-info"); }

// Adds what one package contains to `found`.
void AddFiles(const std::vector<std::string>& files, bool is_data, PackageFiles& found) {
  const std::string modules = fmt::format("{}/", DebianPackages::kModules);
  for (const std::string& file : files) {
    const std::string module = EntryBelow(modules, file);
    if (!ModuleName(module).empty() || IsMetadata(module)) found.modules.insert(modules + module);
    const std::string share = is_data ? EntryBelow(kShare, file) : "";
    if (!share.empty() && std::ranges::find(kNotData, share) == std::end(kNotData))
      found.data.insert(std::string(kShare) + share);
  }
}

// Returns the files with machine code among these modules.
std::set<std::string> MachineCode(const std::set<std::string>& modules, const std::string& root) {
  std::set<std::string> files;
  const auto take = [&files](const fs::path& file) {
    if (file.filename().string().find(".so") != std::string::npos) files.insert(file);
  };
  std::error_code ignored;  // a file that cannot be read has no libraries; then importing it fails and says why
  for (const std::string& module : modules) {
    if (!fs::is_directory(root + module, ignored)) {
      take(root + module);
      continue;
    }
    for (fs::recursive_directory_iterator at(root + module, ignored), end; at != end; at.increment(ignored)) {
      if (at->is_regular_file(ignored)) take(at->path());
      if (ignored) break;
    }
  }
  return files;
}

}  // namespace

Result<PackageFiles> FindPackages(const std::vector<std::string>& names, const std::string& root) {
  PackageFiles found;
  if (names.empty()) return found;
  TRY(const DebianPackages packages, DebianPackages::Read(root));
  std::vector<std::string> owners;
  for (const std::string& name : names) {
    const std::vector<std::string> of_name = packages.Owners(name);
    if (of_name.empty()) found.missing.push_back(name);
    owners.insert(owners.end(), of_name.begin(), of_name.end());
  }
  for (const std::string& package : packages.WithDependencies(owners))
    AddFiles(packages.Files(package), package.starts_with("python-") && package.ends_with("-data"), found);
  std::vector<std::string> folders;
  for (const std::string& folder : LibraryFolders()) folders.push_back(root + folder);
  found.libraries = FindLibraries(MachineCode(found.modules, root), folders);
  return found;
}

}  // namespace zoobar
