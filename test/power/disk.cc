#include "power/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>
#include <utility>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::power {
namespace {

using Kind = Operation::Kind;

constexpr std::size_t kSector = 512, kPage = 4096;
constexpr std::string_view kLeft[] = {"none", "all", "only", "without", "names", "writes", "random"};

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

void Apply(const Operation& operation, std::string& content) {
  if (operation.kind == Kind::kResize) return content.resize(operation.offset);
  content.resize(std::max<std::size_t>(content.size(), operation.offset + operation.data.size()));
  content.replace(operation.offset, operation.data.size(), operation.data);
}

bool Mapped(const std::string& path) { return path == "lock.mdb" || path.ends_with("/lock.mdb"); }

}  // namespace

std::string Cut::Text() const { return fmt::format("{}.{}.{}", at, kLeft[static_cast<std::size_t>(left)], number); }

std::optional<Cut> Cut::Parse(std::string_view text) {
  const std::size_t first = text.find('.'), last = text.rfind('.');
  if (first == text.npos || last <= first) return {};
  const auto number = [](std::string_view digits, auto* value) {
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), *value);
    return error == std::errc() && end == digits.end();
  };
  Cut cut;
  const auto* const found = std::ranges::find(kLeft, text.substr(first + 1, last - first - 1));
  if (found == std::end(kLeft) || !number(text.substr(0, first), &cut.at) ||
      !number(text.substr(last + 1), &cut.number)) {
    return {};
  }
  cut.left = static_cast<Left>(found - std::begin(kLeft));
  return cut;
}

// Decides what is left of each operation, in the order in which Build asks.
class Disk::Choice {
 public:
  enum class Fate { kLost, kWhole, kTorn, kOnlyLonger };

  Choice(const Cut& cut, std::uint64_t seed) : cut_(cut), random_(seed ^ (cut.at * 1'000'003 + cut.number)) {}

  std::size_t Names(std::size_t all) {
    switch (cut_.left) {
      case Cut::Left::kNone:
        return 0;
      case Cut::Left::kNamesOnly:
      case Cut::Left::kAllWrites:
        return std::min<std::size_t>(all, cut_.number);
      case Cut::Left::kRandom:
        return Below(all + 1);
      default:
        return all;
    }
  }

  Fate Next() {
    const std::size_t index = next_++;
    switch (cut_.left) {
      case Cut::Left::kNone:
      case Cut::Left::kNamesOnly:
        return Fate::kLost;
      case Cut::Left::kOnly:
        return index == cut_.number ? Fate::kWhole : Fate::kLost;
      case Cut::Left::kWithout:
        return index == cut_.number ? Fate::kLost : Fate::kWhole;
      case Cut::Left::kRandom:
        return static_cast<Fate>(Below(4));
      default:
        return Fate::kWhole;
    }
  }

  // For a disk on which files grow in order: decides which of these writes, which made files longer, is the first that is
  // not there.
  void SetEnd(std::vector<const Operation*> growing) {
    std::ranges::sort(growing);
    const std::size_t all = growing.size();
    std::size_t end = all;
    if (cut_.left == Cut::Left::kNone || cut_.left == Cut::Left::kNamesOnly) end = 0;
    if (cut_.left == Cut::Left::kOnly || cut_.left == Cut::Left::kWithout)
      end = std::min<std::size_t>(all, cut_.number);
    if (random()) end = Below(all + 1);
    end_ = end < all ? growing[end] : nullptr;
  }
  // What is there of a write that made a file longer.
  Operation BeforeTheEnd(const Operation& write) {
    if (!end_ || &write < end_) return write;
    const std::size_t some = &write == end_ && random() ? Below(write.data.size()) : 0;
    return {.kind = Kind::kWrite, .offset = some > 0 ? write.offset : 0, .data = write.data.substr(0, some)};
  }

  bool random() const { return cut_.left == Cut::Left::kRandom; }
  std::size_t Below(std::size_t limit) { return random_() % limit; }

  // Applies some sectors of the write, or some pages.
  void Tear(const Operation& write, std::string& content) {
    const std::size_t unit = Below(2) == 0 ? kSector : kPage;
    for (std::size_t done = 0; done < write.data.size();) {
      const std::size_t place = write.offset + done;
      const std::size_t size = std::min(write.data.size() - done, unit - place % unit);
      if (Below(2) == 0) Apply({.kind = Kind::kWrite, .offset = place, .data = write.data.substr(done, size)}, content);
      done += size;
    }
  }

 private:
  const Cut cut_;
  std::mt19937_64 random_;
  std::size_t next_ = 0;
  const Operation* end_ = nullptr;
};

void Disk::Tree::Do(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kMakeFile:
      files[operation.path] = operation.file;
      return;
    case Kind::kMakeFolder:
      folders[operation.path] = true;
      return;
    case Kind::kRemove:
      files.erase(operation.path);
      folders.erase(operation.path);
      return;
    default:
      break;
  }
  const auto move = [&operation](auto& names) {
    auto kept = std::exchange(names, {});
    for (auto& [path, what] : kept) {
      const bool below = path == operation.path || path.starts_with(operation.path + "/");
      if (below) names[operation.to + path.substr(operation.path.size())] = what;
    }
    for (auto& [path, what] : kept) {
      if (path != operation.path && !path.starts_with(operation.path + "/")) names.emplace(path, what);
    }
  };
  move(files);
  move(folders);
}

Disk::Disk(const Recording& recording, Promises promises) : recording_(recording), promises_(promises) {
  for (const std::string& folder : recording.folders) tree_.folders[folder] = true;
  tree_.files = recording.files;
  for (const auto& [file, content] : recording.contents) files_[file] = {content, content, {}};
}

void Disk::AdvanceTo(std::size_t at) {
  for (; at_ < at; ++at_) Do(recording_.operations.at(at_));
}

void Disk::Do(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kWrite:
    case Kind::kResize:
      return Change(operation);
    case Kind::kFlush:
      if (promises_.files) FlushFile(operation.file);
      return;
    case Kind::kFlushFolder:
      if (promises_.folders) FlushFolder(operation.path);
      return;
    case Kind::kMark:
      return;
    default:
      names_.push_back(&operation);
  }
}

// A synchronous write brings whole sectors to the disk, so also what was written to them before.
void Disk::Change(const Operation& operation) {
  File& file = files_[operation.file];
  const std::size_t before = file.cached.size();
  Apply(operation, file.cached);
  if (!operation.synchronous || !promises_.synchronous) {
    file.pending.push_back({.operation = &operation, .grows = file.cached.size() > before});
    ++uncertain_;
    return;
  }
  const std::size_t begin = operation.offset / kSector * kSector;
  const std::size_t end = (operation.offset + operation.data.size() + kSector - 1) / kSector * kSector;
  whole_sectors_.push_back({.kind = Kind::kWrite, .offset = begin, .data = file.cached.substr(begin, end - begin)});
  file.pending.push_back({.operation = &whole_sectors_.back(), .certain = true});
}

void Disk::FlushFile(std::uint64_t number) {
  File& file = files_[number];
  uncertain_ -=
      static_cast<std::size_t>(std::ranges::count_if(file.pending, [](const Pending& each) { return !each.certain; }));
  file.content = file.cached;
  file.pending.clear();
}

// The names in this folder are on the disk, and so is every earlier change of names.
void Disk::FlushFolder(const std::string& path) {
  const auto last = std::find_if(names_.rbegin(), names_.rend(), [&path](const Operation* each) {
    return FolderOf(each->path) == path || (each->kind == Kind::kRename && FolderOf(each->to) == path);
  });
  for (auto each = names_.begin(); each != last.base(); ++each) tree_.Do(**each);
  names_.erase(names_.begin(), last.base());
}

std::string Disk::ContentOf(const File& file, Choice& choice) const {
  using Fate = Choice::Fate;
  std::string content = file.content;
  for (const Pending& pending : file.pending) {
    const Operation& each = *pending.operation;
    Fate fate = pending.certain ? Fate::kWhole : choice.Next();
    if (promises_.growing_in_order && pending.grows) {
      Apply(choice.BeforeTheEnd(each), content);
      continue;
    }
    if (each.kind == Kind::kResize && fate != Fate::kLost) fate = Fate::kWhole;
    if (fate == Fate::kWhole) Apply(each, content);
    if (fate == Fate::kTorn) choice.Tear(each, content);
    if (fate == Fate::kTorn || fate == Fate::kOnlyLonger)
      content.resize(std::max<std::size_t>(content.size(), each.offset + each.data.size()));
  }
  return content;
}

void Disk::Build(const Cut& cut, std::uint64_t seed, const std::string& folder) const {
  if (cut.at != at_) Die("the disk is at {}, not at {}", at_, cut.at);
  Choice choice(cut, seed);
  Tree tree = tree_;
  const std::size_t names = choice.Names(names_.size());
  for (std::size_t i = 0; i < names; ++i) tree.Do(*names_[i]);
  for (const auto& [path, there] : tree.folders) {
    if (mkdir(fmt::format("{}/{}", folder, path).c_str(), 0700) != 0) Die(Error::FromErrno(path).text);
  }
  if (promises_.growing_in_order) {
    std::vector<const Operation*> growing;
    for (const auto& [number, file] : files_) {
      for (const Pending& each : file.pending) {
        if (each.grows) growing.push_back(each.operation);
      }
    }
    choice.SetEnd(std::move(growing));
  }
  // Asks about every file, also about those that have no name, so that the numbers of the writes stay the same.
  std::map<std::uint64_t, std::string> contents;
  for (const auto& [number, file] : files_) contents[number] = ContentOf(file, choice);
  for (const auto& [path, number] : tree.files) {
    std::string& content = contents[number];
    if (Mapped(path) && choice.random()) {
      content.resize(choice.Below(2) * 2 * kPage);
      for (char& byte : content) byte = static_cast<char>(choice.Below(256));
    }
    const Fd file(open(fmt::format("{}/{}", folder, path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
      Die(Error::FromErrno(path).text);
  }
}

}  // namespace zoobar::power
