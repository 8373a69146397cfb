// Linked into zoobar_faulty alone, which is zoobar with this file. The executable's functions come before those of the
// C library (ld.so(8)), so LMDB, libuv and the roles call these. They make the faults of the process's page.
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>

#include "chaos/site/fault_page.h"

extern "C" {
zoobar::chaos::FaultPage zoobar_faults{};
}

namespace zoobar::chaos {
namespace {

template <typename Number>
Number Load(Number& number) {
  return std::atomic_ref(number).load(std::memory_order_relaxed);
}

[[gnu::constructor]] void TakeClock() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    zoobar_faults.clock_us = static_cast<std::int64_t>(limit.rlim_cur) - kClockInLimit;
}

// Roles may wait in a futex, and in hardly another call.
void Pause(std::uint32_t micros) {
  static std::uint32_t word = 0;
  const timespec time{micros / 1'000'000, static_cast<long>(micros % 1'000'000) * 1000};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, nullptr, 0);
}

bool IsRegular(int fd) {
  struct stat file{};
  const int before = errno;
  const bool regular = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
  errno = before;
  return regular;
}

// Whether this call has the fault. Counts it.
bool IsFaulty(std::uint32_t kind, int fd) {
  if ((Load(zoobar_faults.calls) & kind) == 0 || (fd >= 0 && !IsRegular(fd))) return false;
  const auto take = [](std::uint32_t& number) {
    std::atomic_ref left(number);
    std::uint32_t now = left.load();
    while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {
    }
    return now > 0;
  };
  if (take(zoobar_faults.skip) || !take(zoobar_faults.count)) return false;
  std::atomic_ref(zoobar_faults.made).fetch_add(1);
  return true;
}

// Makes the fault around `call`, whose result is of a system call. `half` does the half of it; `all` is the result if
// it were done.
template <typename Call, typename Half>
ssize_t Make(Call call, Half half, ssize_t all) {
  if (const std::uint32_t delay = Load(zoobar_faults.delay_us)) Pause(delay);
  if (Load(zoobar_faults.lie)) return all;
  if (Load(zoobar_faults.only_half)) return half();
  const auto error = static_cast<int>(Load(zoobar_faults.error));
  if (error == 0) return call();
  if (Load(zoobar_faults.done_first)) call();
  errno = error;
  return -1;
}

template <typename Call>
ssize_t Make(Call call) {
  return Make(call, call, 0);
}

std::uint32_t KindOfWrite(int fd) {
  if ((Load(zoobar_faults.calls) & kMetaWrites) == 0) return kWrites;
  const int before = errno;
  const long flags = syscall(SYS_fcntl, fd, F_GETFL);
  errno = before;
  return flags >= 0 && (flags & O_DSYNC) ? kMetaWrites | kWrites : kWrites;
}

std::int64_t Shift(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? Load(zoobar_faults.clock_us) : 0;
}

int Sync(int number, int fd) {
  const auto call = [=] { return syscall(number, fd); };
  return static_cast<int>(IsFaulty(kSyncs, fd) ? Make(call) : call());
}

}  // namespace
}  // namespace zoobar::chaos

// The names and types are those of the C library.
extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  using namespace zoobar::chaos;
  const auto call = [=] { return syscall(SYS_pwrite64, fd, bytes, count, offset); };
  if (!IsFaulty(KindOfWrite(fd), fd)) return call();
  return Make(call, [=] { return syscall(SYS_pwrite64, fd, bytes, count / 2, offset); }, static_cast<ssize_t>(count));
}

ssize_t write(int fd, const void* bytes, size_t count) {
  using namespace zoobar::chaos;
  const auto call = [=] { return syscall(SYS_write, fd, bytes, count); };
  if (!IsFaulty(kWrites, fd)) return call();
  return Make(call, [=] { return syscall(SYS_write, fd, bytes, (count + 1) / 2); }, static_cast<ssize_t>(count));
}

ssize_t writev(int fd, const iovec* parts, int count) {
  using namespace zoobar::chaos;
  const auto call = [=] { return syscall(SYS_writev, fd, parts, count); };
  if (!IsFaulty(kWrites, fd)) return call();
  ssize_t all = 0;
  for (int i = 0; i < count; ++i) all += static_cast<ssize_t>(parts[i].iov_len);
  return Make(call, [=] { return syscall(SYS_writev, fd, parts, (count + 1) / 2); }, all);
}

int ftruncate(int fd, off_t size) noexcept {
  using namespace zoobar::chaos;
  const auto call = [=] { return syscall(SYS_ftruncate, fd, size); };
  return static_cast<int>(IsFaulty(kWrites, fd) ? Make(call) : call());
}

int fsync(int fd) { return zoobar::chaos::Sync(SYS_fsync, fd); }
int fdatasync(int fd) { return zoobar::chaos::Sync(SYS_fdatasync, fd); }
int msync(void* begin, size_t size, int flags) {
  using namespace zoobar::chaos;
  const auto call = [=] { return syscall(SYS_msync, begin, size, flags); };
  return static_cast<int>(IsFaulty(kSyncs, -1) ? Make(call) : call());
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  const std::int64_t shift = result == 0 ? zoobar::chaos::Shift(clock) : 0;
  if (shift == 0) return result;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t nanos = now->tv_sec * kSecond + now->tv_nsec + shift * 1000;
  now->tv_sec = nanos / kSecond;
  now->tv_nsec = nanos % kSecond;
  return result;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  const int result = clock_gettime(CLOCK_REALTIME, &time);
  *now = {time.tv_sec, time.tv_nsec / 1000};
  return result;
}

time_t time(time_t* place) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
