// Calls of the C library that fail when a test wants it. failing_calls.cc defines malloc, write, open and the like for the
// whole program, also for the libraries (LMDB, libuv, OpenSSL, gumbo). As long as nothing is armed, they do what the C
// library's do.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace zoobar::failures {

// What is counted together, and how it fails.
enum class Kind : std::uint8_t {
  kNew,      // operator new: std::bad_alloc, or what the new-handler does
  kMalloc,   // the memory of libraries in C: ENOMEM
  kWrite,    // to a file, and what makes it longer: ENOSPC
  kCut,      // a write to a file writes only a part of it
  kSend,     // to a socket: ENOBUFS
  kRead,     // from a file: EIO
  kOpen,     // every new descriptor: EMFILE
  kReceive,  // a message arrives, and its descriptors are lost, because the process has too many
  kMap,      // mmap, mremap: ENOMEM
  kThread,   // a new thread: EAGAIN
  kFlush,    // fsync, fdatasync, msync: EIO
  kName,     // a new, changed or removed name in a folder: ENOSPC
};
inline constexpr std::size_t kKinds = 12;

std::string_view NameOf(Kind kind);  // "malloc"
std::optional<Kind> KindNamed(std::string_view name);

// What is to fail, and what has happened. It is memory that the test shares with the process of the round, so the test
// can still read it when that process is dead.
struct Plan {
  static constexpr std::size_t kPlaces = 40;

  Kind kind = Kind::kNew;
  std::uint64_t nth = 0;                           // the first call that fails, from 1; 0: none fails
  bool lasting = false;                            // all later calls of the kind fail too
  std::atomic<bool> armed{false};                  // calls are counted, and fail
  std::atomic<std::uint64_t> counts[kKinds] = {};  // the calls of each kind while it was armed
  std::atomic<bool> struck{false};                 // a call has failed
  void* places[kPlaces] = {};                      // who made the first call that failed, the innermost first
  int place_count = 0;

  std::uint64_t count(Kind of) const { return counts[static_cast<std::size_t>(of)]; }
  std::span<void* const> where() const { return {places, static_cast<std::size_t>(place_count)}; }
};

// The plan that this process follows from now on. It must outlive the process's threads. Null: nothing fails.
void Follow(Plan* plan);

// Calls of this thread are not counted and do not fail while a Pause exists. For what belongs to the test alone.
class Pause {
 public:
  Pause();
  ~Pause();
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
};

}  // namespace zoobar::failures
