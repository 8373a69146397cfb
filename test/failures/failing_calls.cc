#include "failures/failing_calls.h"

#include <execinfo.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "failures/replacing.h"

namespace zoobar::failures {
namespace {

constexpr std::array<std::string_view, kKinds> kNames = {"new",  "malloc",  "write", "cut",    "send",  "read",
                                                         "open", "receive", "map",   "thread", "flush", "name"};
constexpr int kErrors[kKinds] = {ENOMEM, ENOMEM, ENOSPC, ENOSPC, ENOBUFS, EIO, EMFILE, 0, ENOMEM, EAGAIN, EIO, ENOSPC};

std::atomic<Plan*> followed{nullptr};
thread_local int paused = 0;

}  // namespace

bool Following() { return followed.load(std::memory_order_relaxed) != nullptr; }

bool Fails(Kind kind) {
  Plan* const plan = followed.load(std::memory_order_relaxed);
  if (!plan || paused > 0 || !plan->armed.load(std::memory_order_relaxed)) return false;
  const auto index = static_cast<std::size_t>(kind);
  const std::uint64_t number = ++plan->counts[index];
  if (kind != plan->kind || plan->nth == 0 || number < plan->nth || (number > plan->nth && !plan->lasting))
    return false;
  const Pause pause;
  if (!plan->struck.exchange(true)) plan->place_count = backtrace(plan->places, Plan::kPlaces);
  errno = kErrors[index];
  return true;
}

std::string_view NameOf(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> KindNamed(std::string_view name) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

void Follow(Plan* plan) {
  void* place;
  backtrace(&place, 1);  // its first call loads a library
  followed = plan;
}

Pause::Pause() { ++paused; }
Pause::~Pause() { --paused; }

}  // namespace zoobar::failures

using namespace zoobar::failures;

namespace {

constexpr std::size_t kCtemplateBlock = 32768;  // bytes

// Whether the memory that this code asks for is not there. libzxcvbn never looks whether it got some, and ctemplate does
// not look for the first block of a page; they would read from address 0. src/credentials/strength.cc and
// src/pages/sheet.cc make sure that this memory is there.
bool NoMemoryFor(const void* caller, std::size_t size) {
  if (!Fails(Kind::kMalloc)) return false;
  Dl_info about{};
  if (dladdr(caller, &about) == 0 || !about.dli_fname) return true;
  const std::string_view library = about.dli_fname;
  const bool made_sure =
      library.find("zxcvbn") != library.npos || (size == kCtemplateBlock && library.find("ctemplate") != library.npos);
  return !made_sure;
}

}  // namespace

// Memory. glibc has its own functions under these names too.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* old, std::size_t size);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t size);

ZOOBAR_REPLACES(void*, malloc, std::size_t size);
void* Failing_malloc(std::size_t size) {
  return NoMemoryFor(__builtin_return_address(0), size) ? nullptr : __libc_malloc(size);
}

ZOOBAR_REPLACES(void*, calloc, std::size_t count, std::size_t size);
void* Failing_calloc(std::size_t count, std::size_t size) {
  return NoMemoryFor(__builtin_return_address(0), count * size) ? nullptr : __libc_calloc(count, size);
}

ZOOBAR_REPLACES(void*, realloc, void* old, std::size_t size);
void* Failing_realloc(void* old, std::size_t size) {
  return NoMemoryFor(__builtin_return_address(0), size) ? nullptr : __libc_realloc(old, size);
}

ZOOBAR_REPLACES(void*, memalign, std::size_t alignment, std::size_t size);
void* Failing_memalign(std::size_t alignment, std::size_t size) {
  return NoMemoryFor(__builtin_return_address(0), size) ? nullptr : __libc_memalign(alignment, size);
}

ZOOBAR_REPLACES(void*, aligned_alloc, std::size_t alignment, std::size_t size);
void* Failing_aligned_alloc(std::size_t alignment, std::size_t size) {
  return NoMemoryFor(__builtin_return_address(0), size) ? nullptr : __libc_memalign(alignment, size);
}

ZOOBAR_REPLACES(int, posix_memalign, void** place, std::size_t alignment, std::size_t size);
int Failing_posix_memalign(void** place, std::size_t alignment, std::size_t size) {
  void* const memory = NoMemoryFor(__builtin_return_address(0), size) ? nullptr : __libc_memalign(alignment, size);
  if (!memory) return ENOMEM;
  *place = memory;
  return 0;
}

namespace {

void* New(std::size_t size, std::size_t alignment) {
  for (;;) {
    if (!Fails(Kind::kNew)) {
      void* const memory = alignment == 0 ? __libc_malloc(size) : __libc_memalign(alignment, size);
      if (memory) return memory;
    }
    const std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

// The other forms of libstdc++ call these two.
void* operator new(std::size_t size) { return New(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return New(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { free(memory); }
// Maps, threads, flushes, names.
#define ZOOBAR_MMAP(name)                                                                                    \
  ZOOBAR_REPLACES(void*, name, void* at, std::size_t size, int protection, int flags, int fd, off_t offset); \
  void* Failing_##name(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) {        \
    if (Fails(Kind::kMap)) return MAP_FAILED;                                                                \
    return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, fd, offset));              \
  }
ZOOBAR_MMAP(mmap)
ZOOBAR_MMAP(mmap64)
ZOOBAR_REPLACES(void*, mremap, void* old, std::size_t old_size, std::size_t size, int flags, void* to);
void* Failing_mremap(void* old, std::size_t old_size, std::size_t size, int flags, void* to) {
  if (Fails(Kind::kMap)) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mremap, old, old_size, size, flags, to));
}

ZOOBAR_REPLACES(int, pthread_create, void* thread, const void* attributes, void* (*start)(void*), void* argument);
int Failing_pthread_create(void* thread, const void* attributes, void* (*start)(void*), void* argument) {
  static auto* const original = Original<int(void*, const void*, void* (*)(void*), void*)>("pthread_create");
  return Fails(Kind::kThread) ? EAGAIN : original(thread, attributes, start, argument);
}

namespace {

template <typename... Arguments>
int Flushed(long number, Arguments... arguments) {
  return Fails(Kind::kFlush) ? -1 : static_cast<int>(syscall(number, arguments...));
}
template <typename... Arguments>
int Named(long number, Arguments... arguments) {
  return Fails(Kind::kName) ? -1 : static_cast<int>(syscall(number, arguments...));
}

}  // namespace

ZOOBAR_REPLACES(int, fsync, int fd);
int Failing_fsync(int fd) { return Flushed(SYS_fsync, fd); }
ZOOBAR_REPLACES(int, fdatasync, int fd);
int Failing_fdatasync(int fd) { return Flushed(SYS_fdatasync, fd); }
ZOOBAR_REPLACES(int, msync, void* at, std::size_t size, int flags);
int Failing_msync(void* at, std::size_t size, int flags) { return Flushed(SYS_msync, at, size, flags); }
ZOOBAR_REPLACES(int, sync_file_range, int fd, off_t offset, off_t size, unsigned flags);
int Failing_sync_file_range(int fd, off_t offset, off_t size, unsigned flags) {
  return Flushed(SYS_sync_file_range, fd, offset, size, flags);
}

ZOOBAR_REPLACES(int, rename, const char* from, const char* to);
int Failing_rename(const char* from, const char* to) { return Named(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
ZOOBAR_REPLACES(int, renameat2, int from_folder, const char* from, int to_folder, const char* to, unsigned flags);
int Failing_renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return Named(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
ZOOBAR_REPLACES(int, renameat, int from_folder, const char* from, int to_folder, const char* to);
int Failing_renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return Named(SYS_renameat2, from_folder, from, to_folder, to, 0);
}
ZOOBAR_REPLACES(int, unlink, const char* path);
int Failing_unlink(const char* path) { return Named(SYS_unlinkat, AT_FDCWD, path, 0); }
ZOOBAR_REPLACES(int, unlinkat, int folder, const char* path, int flags);
int Failing_unlinkat(int folder, const char* path, int flags) { return Named(SYS_unlinkat, folder, path, flags); }
ZOOBAR_REPLACES(int, rmdir, const char* path);
int Failing_rmdir(const char* path) { return Named(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR); }
ZOOBAR_REPLACES(int, mkdir, const char* path, mode_t mode);
int Failing_mkdir(const char* path, mode_t mode) { return Named(SYS_mkdirat, AT_FDCWD, path, mode); }
ZOOBAR_REPLACES(int, mkdirat, int folder, const char* path, mode_t mode);
int Failing_mkdirat(int folder, const char* path, mode_t mode) { return Named(SYS_mkdirat, folder, path, mode); }
