#include "master/debian.h"

#include <fstream>

namespace zoobar {
namespace {

bool IsPython(const std::string& package) { return package.starts_with("python3-") || package.starts_with("python-"); }

// Splits a text at each `mark`, and removes the blanks around each part.
std::vector<std::string> Split(const std::string& text, char mark) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(mark, begin), text.size());
    std::string part = text.substr(begin, end - begin);
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

// Returns the name in one dependency, such as "python3-numpy" in "python3-numpy:any (>= 1:1.22.0)".
std::string DependencyName(const std::string& dependency) {
  return dependency.substr(0, dependency.find_first_of(" (:"));
}

}  // namespace

Result<DebianPackages> DebianPackages::Read(const std::string& root) {
  const std::string path = root + "/var/lib/dpkg/status";
  std::ifstream lines(path);
  if (!lines) return Error::FromErrno(path);
  DebianPackages packages;
  packages.root_ = root;
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      packages.AddParagraph(fields);
      fields.clear();
    } else if (line[0] != ' ' && line[0] != '\t') {  // the needed fields have one line; a blank begins a further line
      const std::size_t colon = line.find(':');
      if (colon != line.npos) fields[line.substr(0, colon)] = line.substr(colon + 1);
    }
  }
  packages.AddParagraph(fields);
  if (lines.bad()) return Error::Of("{}: could not be read to its end", path);
  return packages;
}

void DebianPackages::AddParagraph(const std::map<std::string, std::string>& fields) {
  const auto value = [&fields](const char* field) {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second;
  };
  const std::vector<std::string> names = Split(value("Package"), ' ');
  if (names.empty() || !IsPython(names[0]) || !value("Status").ends_with(" installed")) return;
  architectures_[names[0]] = Split(value("Architecture"), ' ').empty() ? "" : Split(value("Architecture"), ' ')[0];
  auto& depends = depends_[names[0]];
  for (const std::string& dependency : Split(value("Depends"), ',')) {
    std::vector<std::string> alternatives;
    for (const std::string& alternative : Split(dependency, '|')) alternatives.push_back(DependencyName(alternative));
    depends.push_back(std::move(alternatives));
  }
}

std::vector<std::string> DebianPackages::Files(const std::string& package) const {
  const auto architecture = architectures_.find(package);
  if (architecture == architectures_.end()) return {};
  std::ifstream lines(root_ + "/var/lib/dpkg/info/" + package + ".list");
  if (!lines) lines.open(root_ + "/var/lib/dpkg/info/" + package + ":" + architecture->second + ".list");
  std::vector<std::string> files;
  for (std::string line; std::getline(lines, line);) files.push_back(line);
  return files;
}

std::vector<std::string> DebianPackages::Owners(const std::string& name) const {
  const std::string folder = std::string(kModules) + "/";
  std::vector<std::string> owners;
  for (const auto& [package, depends] : depends_) {
    for (const std::string& file : Files(package)) {
      if (ModuleName(EntryBelow(folder, file)) != name) continue;
      owners.push_back(package);
      break;
    }
  }
  return owners;
}

std::set<std::string> DebianPackages::WithDependencies(const std::vector<std::string>& packages) const {
  std::set<std::string> found;
  std::vector<std::string> waiting = packages;
  while (!waiting.empty()) {
    const std::string package = waiting.back();
    waiting.pop_back();
    const auto known = depends_.find(package);
    if (known == depends_.end() || !found.insert(package).second) continue;
    for (const auto& alternatives : known->second)
      waiting.insert(waiting.end(), alternatives.begin(), alternatives.end());
  }
  return found;
}

std::string EntryBelow(std::string_view folder, const std::string& path) {
  if (!path.starts_with(folder)) return "";
  return path.substr(folder.size(), path.find('/', folder.size()) - folder.size());
}

std::string ModuleName(const std::string& file) {
  const std::string name = file.substr(0, file.find('.'));
  if (name == "__pycache__" || name.empty()) return "";
  const bool folder = file == name;
  return folder || file.ends_with(".py") || file.ends_with(".so") ? name : "";
}

}  // namespace zoobar
