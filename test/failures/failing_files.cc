// Functions of the C library for files, descriptors and sockets, which fail as failing_calls.h says.
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failures/replacing.h"

namespace zoobar::failures {
namespace {

bool Is(int fd, mode_t type) {
  const int before = errno;
  struct stat about{};
  const bool is = syscall(SYS_fstat, fd, &about) == 0 && (about.st_mode & S_IFMT) == type;
  errno = before;
  return is;
}

// How much of `size` bytes may be written to this descriptor; -1: the write fails. The process's last words always pass.
ssize_t Allowed(int fd, std::size_t size) {
  if (fd == STDERR_FILENO || !Following()) return static_cast<ssize_t>(size);
  if (Is(fd, S_IFSOCK)) return Fails(Kind::kSend) ? -1 : static_cast<ssize_t>(size);
  if (!Is(fd, S_IFREG)) return static_cast<ssize_t>(size);
  if (Fails(Kind::kWrite)) return -1;
  if (!Fails(Kind::kCut)) return static_cast<ssize_t>(size);
  return size > 1 ? static_cast<ssize_t>(size / 2) : -1;  // errno says that the disk is full
}

std::size_t SizeOf(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// Writes all parts, or as much of them as is allowed; at_place: at `offset`.
ssize_t WriteParts(int fd, const iovec* parts, int count, bool at_place, off_t offset) {
  const std::size_t size = SizeOf(parts, count);
  const ssize_t allowed = Allowed(fd, size);
  if (allowed < 0) return -1;
  if (static_cast<std::size_t>(allowed) == size) {
    return at_place ? syscall(SYS_pwritev, fd, parts, count, offset, 0) : syscall(SYS_writev, fd, parts, count);
  }
  ssize_t written = 0;
  for (int i = 0; i < count && written < allowed; ++i) {
    const std::size_t part = std::min(parts[i].iov_len, static_cast<std::size_t>(allowed - written));
    const ssize_t now = at_place ? syscall(SYS_pwrite64, fd, parts[i].iov_base, part, offset + written)
                                 : syscall(SYS_write, fd, parts[i].iov_base, part);
    if (now < 0) return written > 0 ? written : now;
    written += now;
  }
  return written;
}

// Closes the descriptors that came with the message, as if there had been no place for them.
void LoseDescriptors(msghdr* message) {
  const int before = errno;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      syscall(SYS_close, fd);
    }
  }
  message->msg_controllen = 0;
  message->msg_flags |= MSG_CTRUNC;
  errno = before;
}

}  // namespace
}  // namespace zoobar::failures

using namespace zoobar::failures;

// Writing.
ZOOBAR_REPLACES(ssize_t, write, int fd, const void* bytes, std::size_t size);
ssize_t Failing_write(int fd, const void* bytes, std::size_t size) {
  const ssize_t allowed = Allowed(fd, size);
  return allowed < 0 ? -1 : syscall(SYS_write, fd, bytes, allowed);
}

#define ZOOBAR_PWRITE(name)                                                                  \
  ZOOBAR_REPLACES(ssize_t, name, int fd, const void* bytes, std::size_t size, off_t offset); \
  ssize_t Failing_##name(int fd, const void* bytes, std::size_t size, off_t offset) {        \
    const ssize_t allowed = Allowed(fd, size);                                               \
    return allowed < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, allowed, offset);             \
  }
ZOOBAR_PWRITE(pwrite)
ZOOBAR_PWRITE(pwrite64)

ZOOBAR_REPLACES(ssize_t, writev, int fd, const iovec* parts, int count);
ssize_t Failing_writev(int fd, const iovec* parts, int count) { return WriteParts(fd, parts, count, false, 0); }

#define ZOOBAR_PWRITEV(name)                                                           \
  ZOOBAR_REPLACES(ssize_t, name, int fd, const iovec* parts, int count, off_t offset); \
  ssize_t Failing_##name(int fd, const iovec* parts, int count, off_t offset) {        \
    return WriteParts(fd, parts, count, true, offset);                                 \
  }
ZOOBAR_PWRITEV(pwritev)
ZOOBAR_PWRITEV(pwritev64)

#define ZOOBAR_FTRUNCATE(name)                                                            \
  ZOOBAR_REPLACES(int, name, int fd, off_t size);                                         \
  int Failing_##name(int fd, off_t size) {                                                \
    return Fails(Kind::kWrite) ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, size)); \
  }
ZOOBAR_FTRUNCATE(ftruncate)
ZOOBAR_FTRUNCATE(ftruncate64)

// Reading.
ZOOBAR_REPLACES(ssize_t, read, int fd, void* place, std::size_t size);
ssize_t Failing_read(int fd, void* place, std::size_t size) {
  if (Following() && Is(fd, S_IFREG) && Fails(Kind::kRead)) return -1;
  return syscall(SYS_read, fd, place, size);
}
ZOOBAR_REPLACES(ssize_t, __read_chk, int fd, void* place, std::size_t size, std::size_t room);
ssize_t Failing___read_chk(int fd, void* place, std::size_t size, std::size_t) { return Failing_read(fd, place, size); }

#define ZOOBAR_PREAD(name)                                                             \
  ZOOBAR_REPLACES(ssize_t, name, int fd, void* place, std::size_t size, off_t offset); \
  ssize_t Failing_##name(int fd, void* place, std::size_t size, off_t offset) {        \
    return Fails(Kind::kRead) ? -1 : syscall(SYS_pread64, fd, place, size, offset);    \
  }
ZOOBAR_PREAD(pread)
ZOOBAR_PREAD(pread64)

// Sockets.
ZOOBAR_REPLACES(ssize_t, send, int fd, const void* bytes, std::size_t size, int flags);
ssize_t Failing_send(int fd, const void* bytes, std::size_t size, int flags) {
  return Fails(Kind::kSend) ? -1 : syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}
ZOOBAR_REPLACES(ssize_t, sendmsg, int fd, const msghdr* message, int flags);
ssize_t Failing_sendmsg(int fd, const msghdr* message, int flags) {
  return Fails(Kind::kSend) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}
ZOOBAR_REPLACES(ssize_t, sendfile64, int to, int from, off_t* offset, std::size_t size);
ssize_t Failing_sendfile64(int to, int from, off_t* offset, std::size_t size) {
  return Fails(Kind::kSend) ? -1 : syscall(SYS_sendfile, to, from, offset, size);
}
ZOOBAR_REPLACES(ssize_t, sendfile, int to, int from, off_t* offset, std::size_t size);
ssize_t Failing_sendfile(int to, int from, off_t* offset, std::size_t size) {
  return Failing_sendfile64(to, from, offset, size);
}
ZOOBAR_REPLACES(ssize_t, recvmsg, int fd, msghdr* message, int flags);
ssize_t Failing_recvmsg(int fd, msghdr* message, int flags) {
  const ssize_t count = syscall(SYS_recvmsg, fd, message, flags);
  const cmsghdr* const rights = count >= 0 ? CMSG_FIRSTHDR(message) : nullptr;
  if (rights && rights->cmsg_type == SCM_RIGHTS && Fails(Kind::kReceive)) LoseDescriptors(message);
  return count;
}

// New descriptors.
namespace {

template <typename... Arguments>
int Opened(long number, Arguments... arguments) {
  return Fails(Kind::kOpen) ? -1 : static_cast<int>(syscall(number, arguments...));
}

}  // namespace

#define ZOOBAR_OPEN(name)                                               \
  ZOOBAR_REPLACES(int, name, const char* path, int flags, mode_t mode); \
  int Failing_##name(const char* path, int flags, mode_t mode) {        \
    return Opened(SYS_openat, AT_FDCWD, path, flags, mode);             \
  }
ZOOBAR_OPEN(open)
ZOOBAR_OPEN(open64)
#define ZOOBAR_OPENAT(name)                                                         \
  ZOOBAR_REPLACES(int, name, int folder, const char* path, int flags, mode_t mode); \
  int Failing_##name(int folder, const char* path, int flags, mode_t mode) {        \
    return Opened(SYS_openat, folder, path, flags, mode);                           \
  }
ZOOBAR_OPENAT(openat)
ZOOBAR_OPENAT(openat64)
#define ZOOBAR_OPEN_2(name)                                \
  ZOOBAR_REPLACES(int, name, const char* path, int flags); \
  int Failing_##name(const char* path, int flags) { return Opened(SYS_openat, AT_FDCWD, path, flags, 0); }
ZOOBAR_OPEN_2(__open_2)
ZOOBAR_OPEN_2(__open64_2)
#define ZOOBAR_OPENAT_2(name)                                          \
  ZOOBAR_REPLACES(int, name, int folder, const char* path, int flags); \
  int Failing_##name(int folder, const char* path, int flags) { return Opened(SYS_openat, folder, path, flags, 0); }
ZOOBAR_OPENAT_2(__openat_2)
ZOOBAR_OPENAT_2(__openat64_2)

#define ZOOBAR_FOPEN(name)                                                          \
  ZOOBAR_REPLACES(void*, name, const char* path, const char* mode);                 \
  void* Failing_##name(const char* path, const char* mode) {                        \
    static auto* const original = Original<void*(const char*, const char*)>(#name); \
    return Fails(Kind::kOpen) ? nullptr : original(path, mode);                     \
  }
ZOOBAR_FOPEN(fopen)
ZOOBAR_FOPEN(fopen64)
ZOOBAR_REPLACES(void*, opendir, const char* path);
void* Failing_opendir(const char* path) {
  static auto* const original = Original<void*(const char*)>("opendir");
  return Fails(Kind::kOpen) ? nullptr : original(path);
}
ZOOBAR_REPLACES(int, memfd_create, const char* name, unsigned flags);
int Failing_memfd_create(const char* name, unsigned flags) { return Opened(SYS_memfd_create, name, flags); }
ZOOBAR_REPLACES(int, socket, int domain, int type, int protocol);
int Failing_socket(int domain, int type, int protocol) { return Opened(SYS_socket, domain, type, protocol); }
ZOOBAR_REPLACES(int, socketpair, int domain, int type, int protocol, int* pair);
int Failing_socketpair(int domain, int type, int protocol, int* pair) {
  return Opened(SYS_socketpair, domain, type, protocol, pair);
}
ZOOBAR_REPLACES(int, accept4, int fd, void* address, void* size, int flags);
int Failing_accept4(int fd, void* address, void* size, int flags) {
  return Opened(SYS_accept4, fd, address, size, flags);
}
ZOOBAR_REPLACES(int, pipe2, int* ends, int flags);
int Failing_pipe2(int* ends, int flags) { return Opened(SYS_pipe2, ends, flags); }
ZOOBAR_REPLACES(int, dup, int fd);
int Failing_dup(int fd) { return Opened(SYS_dup, fd); }
ZOOBAR_REPLACES(int, epoll_create1, int flags);
int Failing_epoll_create1(int flags) { return Opened(SYS_epoll_create1, flags); }
ZOOBAR_REPLACES(int, eventfd, unsigned value, int flags);
int Failing_eventfd(unsigned value, int flags) { return Opened(SYS_eventfd2, value, flags); }
ZOOBAR_REPLACES(int, inotify_init1, int flags);
int Failing_inotify_init1(int flags) { return Opened(SYS_inotify_init1, flags); }
#define ZOOBAR_FCNTL(name)                                                                                 \
  ZOOBAR_REPLACES(int, name, int fd, int command, long argument);                                          \
  int Failing_##name(int fd, int command, long argument) {                                                 \
    if (command == F_DUPFD_CLOEXEC || command == F_DUPFD) return Opened(SYS_fcntl, fd, command, argument); \
    return static_cast<int>(syscall(SYS_fcntl, fd, command, argument));                                    \
  }
ZOOBAR_FCNTL(fcntl)
ZOOBAR_FCNTL(fcntl64)
