// Files of the web root as the dispatcher serves them: small ones in memory with their answers laid out, larger ones by
// descriptor, what does not exist remembered as well; all bounded, and dropped when static says that a file changed.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/conditional.h"
#include "http/head.h"
#include "http/response.h"
#include "roles/role.h"
#include "static.pb.h"

namespace zoobar {

// One representation: the file itself, or the .gz beside it.
struct FileVariant {
  std::string etag;
  std::string fields;                          // of a 200, whole lines
  std::string common;                          // what a 304 and a 206 share with it
  std::shared_ptr<const std::string> content;  // small ones
  std::shared_ptr<const Fd> file;              // the others
  std::uint64_t size = 0;
};

struct ServedFile {
  std::int64_t modified_seconds = 0;
  FileVariant plain;
  std::optional<FileVariant> gzip;

  std::size_t memory() const;
  std::size_t descriptors() const;
  // Variant, conditions and ranges as the head asks. Calls `answer` with what to send, which is valid during the call.
  template <typename Answer>
  void AnswerTo(const RequestHead& head, Answer&& answer) const {
    std::string fields;
    answer(Prepare(head, &fields));
  }

 private:
  PreparedResponse Prepare(const RequestHead& head, std::string* fields) const;
};

class StaticCache {
 public:
  static constexpr std::size_t kSmallFile = 64 * 1024;
  static constexpr std::size_t kMemory = 8 << 20;
  static constexpr std::size_t kEntries = 1024;  // and so many paths that do not exist
  static constexpr std::size_t kPathBytes = 1024;

  StaticCache(Site& site, std::size_t max_descriptors) : site_(site), max_descriptors_(max_descriptors) {}

  struct Found {
    bool known = false;                      // false: ask Load
    std::shared_ptr<const ServedFile> file;  // null: there is no such file
  };
  Found Find(std::string_view path) const;
  // Asks static; what it answers is checked and kept. An error where static could not be asked, or passed what it must
  // not.
  Task<Result<std::shared_ptr<const ServedFile>>> Load(std::string path);

  void Drop(const std::string& path);  // empty: everything
  // static has been started anew: changes may have been missed.
  void Forget();

  std::size_t size() const { return files_.size(); }
  std::size_t memory() const { return memory_; }

 private:
  struct Kept {
    std::shared_ptr<const ServedFile> file;
    std::list<std::string>::iterator place;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using ByPath = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  Result<FileVariant> Check(Fd file, std::int64_t* modified_seconds);
  Result<std::shared_ptr<const ServedFile>> Take(std::string_view path, std::vector<Fd> files);
  void Keep(const std::string& path, std::shared_ptr<const ServedFile> file);
  void Evict(const std::string& path);

  Site& site_;
  const std::size_t max_descriptors_;
  ByPath<Kept> files_;
  ByPath<bool> missing_;
  std::list<std::string> order_;  // oldest first
  std::size_t memory_ = 0, descriptors_ = 0;
  std::uint64_t changes_ = 0;  // so that what was opened before a change is not kept after it
  std::optional<std::uint64_t> device_;
};

}  // namespace zoobar
