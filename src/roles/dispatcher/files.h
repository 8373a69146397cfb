// Files of the web root as the dispatcher serves them: small ones in memory with their answers laid out, larger ones by
// descriptor, what does not exist remembered as well; all bounded, and dropped when static says that a file changed.
//
// static opens each path once, however many ask for it. Who asks for different paths waits in a fair queue by address,
// so that thousands of paths that one address makes up do not hold up another's style sheet. Where static cannot tell
// (it has no descriptor left, the disk fails), all who wait are told so, and nothing is remembered.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/conditional.h"
#include "http/head.h"
#include "http/response.h"
#include "ipc/fair_queue.h"
#include "roles/dispatcher/missing.h"
#include "site/role.h"
#include "static.pb.h"

namespace zoobar {

// One representation: the file itself, or the .gz beside it.
struct FileVariant {
  std::string etag;
  std::string fields;                          // of a 200, whole lines
  std::string common;                          // what a 206 shares with it
  std::string unmodified;                      // of a 304 (RFC 9110, 15.4.5)
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
  // Of the queue for static. Each place is a connection that waits, so an address has fewer of these than it has places
  // here (Door::AddressShare), but for trusted proxies.
  static constexpr std::size_t kWaiting = 16384, kWaitingPerAddress = 4096;
  static constexpr Milliseconds kWaitLimit{5000};

  // max_loads: files that static opens at once; each may bring two descriptors.
  StaticCache(Site& site, std::size_t max_descriptors, std::size_t max_loads);

  struct Found {
    bool known = false;                      // false: ask Load
    std::shared_ptr<const ServedFile> file;  // null: there is no such file
  };
  Found Find(std::string_view path) const;

  struct Loaded {
    std::shared_ptr<const ServedFile> file;  // null: there is no such file, unless `why` says otherwise
    std::string why;                         // not empty: nothing is known, for this reason; for the client
    std::int64_t retry_after_s = 1;          // with it
  };
  // Asks static, unless the path is known or being asked for already; what static answers is checked and kept. The
  // turn comes from the principal's share. `gone`: whether the asker has left, who is then not waited for.
  Task<Loaded> Load(std::string path, std::string principal, std::function<bool()> gone);

  void Drop(const std::string& path);  // empty: everything
  // static has been started anew: changes may have been missed.
  void Forget();

  std::size_t size() const { return files_.size(); }
  std::size_t memory() const { return memory_; }
  std::size_t missing() const { return missing_.size(); }
  std::int64_t unavailable() const { return unavailable_; }
  const FairQueue& queue() const { return queue_; }  // for static

 private:
  struct Loading {
    std::uint64_t before = 0;  // changes_ when static was asked
    std::vector<std::shared_ptr<Promised<Loaded>>> waiting;
  };
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

  bool KnownOrAskedFor(const std::string& path) const;
  Task<Loaded> Ask(std::string path, std::string principal);
  Loaded Judge(const std::string& path, Result<Incoming<OpenReply>> reply);
  Loaded Unavailable(const std::string& path, const std::string& why);
  // An error is static's doing (*misbehaved) or the disk's.
  Result<FileVariant> Check(Fd file, std::int64_t* modified_seconds, bool* misbehaved);
  Result<std::shared_ptr<const ServedFile>> Take(std::string_view path, std::vector<Fd> files, bool* misbehaved);
  void Keep(const std::string& path, std::shared_ptr<const ServedFile> file, const std::string& principal);
  void Evict(const std::string& path);

  Site& site_;
  const std::size_t max_descriptors_;
  ByPath<Kept> files_;
  MissingPaths missing_{kEntries};
  FairQueue queue_;               // for static
  ByPath<Loading> loading_;       // what static is opening, and who waits for it besides
  std::list<std::string> order_;  // oldest first
  std::size_t memory_ = 0, descriptors_ = 0;
  std::uint64_t changes_ = 0;  // so that what was opened before a change is not kept after it
  std::optional<std::uint64_t> device_;
  std::int64_t unavailable_ = 0;
  std::int64_t said_unavailable_ = 0;  // when the log was told last, MonotonicMicros
};

}  // namespace zoobar
