// Functions of the C library, on a simulated machine. The program's own definitions come before those of libc, for the
// shared libraries too. Called by the machine itself, and not by a simulated process, each does what libc does.
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <ctime>
#include <map>
#include <vector>

#include "ipc/result.h"
#include "simulation/addresses.h"
#include "simulation/machine.h"

namespace zoobar::simulation {
namespace {

// The function of libc with this name. libc may have older ones beside it, so the version is named if there is one.
template <typename Function>
Function Real(const char* name, const char* version = nullptr) {
  void* const found = version ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, name);
  if (!found) Die("simulation: libc has no {}", name);
  return reinterpret_cast<Function>(found);
}

int Owned(int fd) {
  if (fd >= 0 && Fiber::Current()) Machine::The().Own(fd, CurrentProcess());
  return fd;
}

// "/store/data.mdb" of a process is a file in its own folder.
std::string Translated(const char* path) {
  constexpr std::string_view kStore = "/store";
  const Process* const process = CurrentProcess();
  if (!process || process->folder.empty() || !std::string_view(path).starts_with(kStore)) return path;
  return process->folder + (path + kStore.size());
}

int Open(const char* path, int flags, mode_t mode) {
  const std::string real = Translated(path);
  const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, real.c_str(), flags, mode));
  const Process* const process = CurrentProcess();
  if (fd >= 0 && process && !process->folder.empty() && real.ends_with("/data.mdb")) {
    Machine::The().disk().Opened(fd, real, (flags & O_DSYNC) != 0);
  }
  return Owned(fd);
}

bool OnDisk(int fd) { return Fiber::Current() && Machine::The().disk().Follows(fd); }

int Flush(int fd, long call) {
  if (!OnDisk(fd)) return static_cast<int>(syscall(call, fd));
  Machine& machine = Machine::The();
  Fiber::StopUntil(machine.now() + machine.disk().FlushTime());
  return machine.disk().Flush(fd);
}

std::map<pthread_cond_t*, std::vector<Fiber*>> waiting;

int WaitOn(pthread_cond_t* condition, pthread_mutex_t* mutex, std::int64_t until) {
  Fiber* const self = Fiber::Current();
  waiting[condition].push_back(self);
  pthread_mutex_unlock(mutex);
  Fiber::StopUntil(until);
  pthread_mutex_lock(mutex);
  // Wake removes the fiber. If it is still in the list, its time was over.
  return std::erase(waiting[condition], self) > 0 ? ETIMEDOUT : 0;
}

void WakeOne(std::vector<Fiber*>& fibers) {
  if (fibers.empty()) return;
  const auto chosen = fibers.begin() + static_cast<std::ptrdiff_t>(Machine::The().random().Below(fibers.size()));
  (*chosen)->Wake();
  fibers.erase(chosen);
}

std::int64_t MicrosOf(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

std::int64_t Clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? Machine::The().wall() : Machine::The().now();
}

bool IsCpuClock(clockid_t clock) { return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID; }

}  // namespace
}  // namespace zoobar::simulation

using namespace zoobar::simulation;  // NOLINT(google-build-using-namespace): the functions below are C's

extern "C" {

// Time.

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!Fiber::Current()) return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const std::int64_t now = IsCpuClock(clock) ? 0 : Clock(clock);  // computing takes no time on this machine
  time->tv_sec = now / 1'000'000;
  time->tv_nsec = now % 1'000'000 * 1000;
  return 0;
}
time_t time(time_t* place) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(timeval* place, void*) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *place = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec*) {
  if (!Fiber::Current()) return static_cast<int>(syscall(SYS_clock_nanosleep, clock, flags, time, nullptr));
  const std::int64_t left = MicrosOf(*time) - (flags & TIMER_ABSTIME ? Clock(clock) : 0);
  Fiber::StopUntil(Machine::The().now() + std::max<std::int64_t>(left, 0));
  return 0;
}
int nanosleep(const timespec* time, timespec* rest) { return clock_nanosleep(CLOCK_MONOTONIC, 0, time, rest); }
// The sanitizer's limit of processor time: computing takes no time on this machine.
int setitimer(__itimer_which_t, const itimerval*, itimerval*) noexcept { return 0; }
int get_nprocs() noexcept { return 2; }

// Threads. Only one fiber runs at a time, and none stops while it holds a mutex that others want. So a real mutex will do.

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*begin)(void*),
                   void* argument) noexcept {
  if (!Fiber::Current()) {
    static const auto real = Real<decltype(&pthread_create)>("pthread_create");
    return real(thread, attributes, begin, argument);
  }
  Fiber& fiber = Machine::The().StartThread([begin, argument] { begin(argument); });
  *thread = reinterpret_cast<pthread_t>(&fiber);
  return 0;
}
int pthread_join(pthread_t thread, void** result) {
  if (!Fiber::Current()) {
    static const auto real = Real<decltype(&pthread_join)>("pthread_join");
    return real(thread, result);
  }
  const auto& fiber = *reinterpret_cast<const Fiber*>(thread);
  while (!fiber.ended()) Fiber::StopUntil(Machine::The().now() + 100);
  return 0;
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (Fiber::Current()) return WaitOn(condition, mutex, kNever);
  static const auto real = Real<decltype(&pthread_cond_wait)>("pthread_cond_wait", "GLIBC_2.3.2");
  return real(condition, mutex);
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  if (Fiber::Current()) {
    return WaitOn(condition, mutex, Machine::The().now() + std::max<std::int64_t>(0, MicrosOf(*until) - Clock(clock)));
  }
  static const auto real = Real<decltype(&pthread_cond_clockwait)>("pthread_cond_clockwait");
  return real(condition, mutex, clock, until);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, until);
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (Fiber::Current()) {
    WakeOne(waiting[condition]);
    return 0;
  }
  static const auto real = Real<decltype(&pthread_cond_signal)>("pthread_cond_signal", "GLIBC_2.3.2");
  return real(condition);
}
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (Fiber::Current()) {
    while (!waiting[condition].empty()) WakeOne(waiting[condition]);
    return 0;
  }
  static const auto real = Real<decltype(&pthread_cond_broadcast)>("pthread_cond_broadcast", "GLIBC_2.3.2");
  return real(condition);
}

// Processes.

[[noreturn]] void _exit(int status) {
  if (Fiber::Current()) Machine::The().Exit(status);
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

// Descriptors: each belongs to the process that made or received it.

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return Open(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return Open(path, flags, mode);
}
int __open_2(const char* path, int flags) { return Open(path, flags, 0); }    // NOLINT: _FORTIFY_SOURCE calls it
int __open64_2(const char* path, int flags) { return Open(path, flags, 0); }  // NOLINT: the same

int close(int fd) {
  Machine::Forget(fd);
  return static_cast<int>(syscall(SYS_close, fd));
}
int socket(int domain, int type, int protocol) noexcept {
  return Owned(static_cast<int>(syscall(SYS_socket, domain, type, protocol)));
}
int socketpair(int domain, int type, int protocol, int pair[2]) noexcept {
  const auto result = syscall(SYS_socketpair, domain, type, protocol, pair);
  if (result == 0) Owned(pair[0]), Owned(pair[1]);
  return static_cast<int>(result);
}
int pipe2(int pair[2], int flags) noexcept {
  const auto result = syscall(SYS_pipe2, pair, flags);
  if (result == 0) Owned(pair[0]), Owned(pair[1]);
  return static_cast<int>(result);
}
int memfd_create(const char* name, unsigned flags) noexcept {
  return Owned(static_cast<int>(syscall(SYS_memfd_create, name, flags)));
}
int fcntl(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  const auto result = static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? Owned(result) : result;
}
int fcntl64(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  return fcntl(fd, command, argument);
}
// The listening socket is a unix socket. Each client has said which address it has (addresses.h).
int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
  const int fd = Owned(static_cast<int>(syscall(SYS_accept4, listener, nullptr, nullptr, flags)));
  if (fd < 0) return fd;
  sockaddr_in client{};
  client.sin_family = AF_INET;
  client.sin_addr.s_addr = htonl(NextArrival());
  if (address && size) {
    std::memcpy(address, &client, std::min<std::size_t>(*size, sizeof client));
    *size = sizeof client;
  }
  return fd;
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  const auto count = static_cast<ssize_t>(syscall(SYS_recvmsg, fd, message, flags));
  if (count < 0) return count;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < arrived; ++i) {
      int received;
      std::memcpy(&received, CMSG_DATA(header) + i * sizeof(int), sizeof received);
      Owned(received);
    }
  }
  return count;
}

// Writing. Only the stores' files are on the simulated disk.

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fd == STDERR_FILENO && Fiber::Current()) {
    CurrentProcess()->last_words.append(static_cast<const char*>(bytes), size);
    return static_cast<ssize_t>(size);
  }
  if (!OnDisk(fd)) return static_cast<ssize_t>(syscall(SYS_write, fd, bytes, size));
  const off_t at = lseek(fd, 0, SEEK_CUR);
  const ssize_t count = Machine::The().disk().Write(fd, {static_cast<const char*>(bytes), size}, at);
  if (count > 0) lseek(fd, at + count, SEEK_SET);
  return count;
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  if (OnDisk(fd)) return Machine::The().disk().Write(fd, {static_cast<const char*>(bytes), size}, at);
  return static_cast<ssize_t>(syscall(SYS_pwrite64, fd, bytes, size, at));
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) { return pwrite(fd, bytes, size, at); }
ssize_t writev(int fd, const iovec* parts, int count) {
  if (!OnDisk(fd)) return static_cast<ssize_t>(syscall(SYS_writev, fd, parts, count));
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return write(fd, bytes.data(), bytes.size());
}
int fdatasync(int fd) { return Flush(fd, SYS_fdatasync); }
int fsync(int fd) { return Flush(fd, SYS_fsync); }
int ftruncate(int fd, off_t size) noexcept {
  if (OnDisk(fd)) return Machine::The().disk().Resize(fd, size);
  return static_cast<int>(syscall(SYS_ftruncate, fd, size));
}

}  // extern "C"
