// The dispatcher's cache of the files of the web root. It keeps small files in memory with their response fields, and
// larger files as open descriptors. It also remembers paths that do not exist. The cache is bounded, and drops a path
// when static reports that the file changed.
//
// static opens each path once, even if many clients ask for it at the same time. Requests for different paths wait in a
// fair queue, in which each address has its share. So an address that invents thousands of paths does not delay another
// client's style sheet. If static cannot tell whether a file exists (because it has no descriptor left or the disk
// fails), all waiting clients get this answer, and nothing is remembered.
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
  std::string fields;                          // the header lines of a 200
  std::string common;                          // the lines of `fields` that a 206 has too
  std::string unmodified;                      // the header lines of a 304 (RFC 9110, 15.4.5)
  std::shared_ptr<const std::string> content;  // set for a small file
  std::shared_ptr<const Fd> file;              // set for a larger file
  std::uint64_t size = 0;
};

struct ServedFile {
  std::int64_t modified_seconds = 0;
  FileVariant plain;
  std::optional<FileVariant> gzip;

  std::size_t memory() const;
  std::size_t descriptors() const;
  // Picks the variant, status and range that the request head asks for, and calls `answer` with the response. The
  // response is valid during that call only.
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
  static constexpr std::size_t kEntries = 1024;  // the most files kept, and the most missing paths remembered
  static constexpr std::size_t kPathBytes = 1024;
  // The places in the queue for static: all, and those of one address. Each place is held by a waiting connection. An
  // address may have fewer connections than kWaitingPerAddress (Acceptor::AddressShare). So only a trusted proxy, which
  // may have more connections, can reach this bound.
  static constexpr std::size_t kWaiting = 16384, kWaitingPerAddress = 4096;
  static constexpr Milliseconds kWaitLimit{5000};

  // max_loads: how many files static opens at once. Each may bring two descriptors: the file, and the .gz beside it.
  StaticCache(Site& site, std::size_t max_descriptors, std::size_t max_loads);

  struct Found {
    bool known = false;                      // false: call Load
    std::shared_ptr<const ServedFile> file;  // null: there is no such file
  };
  Found Find(std::string_view path) const;

  struct Loaded {
    std::shared_ptr<const ServedFile> file;  // null: there is no such file, or `why` is set
    std::string why;                         // a text for the client, if it is not known whether the file exists
    std::int64_t retry_after_s = 1;          // only with `why`
  };
  // Gets the file from static, checks what static sent, and keeps it. If the path is known, or another request has
  // already asked static for it, uses that result. The turn at static counts against the principal's share. `gone`
  // returns whether the client has left. If so, its place in the queue is freed.
  Task<Loaded> Load(std::string path, std::string principal, std::function<bool()> gone);

  void Drop(const std::string& path);  // empty: drops everything
  // To be called when static was restarted. Forgets everything, because a change may have been missed.
  void Forget();

  std::size_t size() const { return files_.size(); }
  std::size_t memory() const { return memory_; }
  std::size_t missing() const { return missing_.size(); }
  std::int64_t unavailable() const { return unavailable_; }
  const FairQueue& queue() const { return queue_; }  // requests that wait for static

 private:
  struct Loading {
    std::uint64_t before = 0;  // the value of changes_ when static was asked
    std::vector<std::shared_ptr<Promised<Loaded>>> waiting;
  };
  struct Kept {
    std::shared_ptr<const ServedFile> file;
    std::list<std::string>::iterator in_order;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using ByPath = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  bool KnownOrAskedFor(const std::string& path) const;
  Task<Loaded> Ask(std::string path, std::string principal);
  Loaded FromReply(const std::string& path, Result<Incoming<OpenReply>> reply);
  Loaded Unavailable(const std::string& path, const std::string& why);
  // Checks a file that static sent. If Check returns an Error, *misbehaved says whose fault that is: true if static
  // sent what it must not send, false if the disk failed.
  Result<FileVariant> Check(Fd file, std::int64_t* modified_seconds, bool* misbehaved);
  Result<std::shared_ptr<const ServedFile>> Take(std::string_view path, std::vector<Fd> files, bool* misbehaved);
  void Keep(const std::string& path, std::shared_ptr<const ServedFile> file, const std::string& principal);
  void Evict(const std::string& path);

  Site& site_;
  const std::size_t max_descriptors_;
  ByPath<Kept> files_;
  MissingPaths missing_{kEntries};
  FairQueue queue_;               // requests that wait for static
  ByPath<Loading> loading_;       // the paths that static is opening, and the other requests that wait for them
  std::list<std::string> order_;  // the paths in files_, oldest first
  std::size_t memory_ = 0, descriptors_ = 0;
  std::uint64_t changes_ = 0;            // counts Drop calls. A file opened before a Drop must not be kept after it
  std::optional<std::uint64_t> device_;  // the device of the web root, taken from the first file
  std::int64_t unavailable_ = 0;
  std::int64_t said_unavailable_ = 0;  // when files-unavailable was last logged, MonotonicMicros; 0: never
};

}  // namespace zoobar
