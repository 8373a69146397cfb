// The C library's functions that change files, as this program has them. A program's own functions come before those of
// its libraries, so LMDB, libuv and the standard library call these too. Each does the system call and tells Recorder.
//
// The functions have names of their own in C++ and the library's names for the linker. So they do not meet the library's
// declarations, which are inline functions where _FORTIFY_SOURCE is set.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>

#include "power/recorder.h"

namespace zoobar::power {
namespace {

iovec Piece(const void* bytes, size_t size) { return {const_cast<void*>(bytes), size}; }

int OpenAt(int directory, const char* path, int flags, unsigned mode) {
  return static_cast<int>(
      Recorder::Opened(directory, path, flags, [=] { return syscall(SYS_openat, directory, path, flags, mode); }));
}

ssize_t WriteAt(int fd, const void* bytes, size_t size, off_t offset) {
  const iovec piece = Piece(bytes, size);
  return Recorder::Written(fd, &piece, 1, offset, [=] { return syscall(SYS_pwrite64, fd, bytes, size, offset); });
}

ssize_t WritePiecesAt(int fd, const iovec* pieces, int count, off_t offset) {
  return Recorder::Written(fd, pieces, count, offset,
                           [=] { return syscall(SYS_pwritev, fd, pieces, count, offset, 0); });
}

int Resize(int fd, off_t size) {
  return static_cast<int>(Recorder::Resized(fd, size, [=] { return syscall(SYS_ftruncate, fd, size); }));
}

int RemoveAt(int directory, const char* path, int flags) {
  return static_cast<int>(
      Recorder::Removed(directory, path, [=] { return syscall(SYS_unlinkat, directory, path, flags); }));
}

int MakeFolderAt(int directory, const char* path, mode_t mode) {
  return static_cast<int>(
      Recorder::FolderMade(directory, path, [=] { return syscall(SYS_mkdirat, directory, path, mode); }));
}

int RenameAt(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  return static_cast<int>(Recorder::Renamed(from_directory, from, to_directory, to, [=] {
    return syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
  }));
}

// The mode is there only if the file may be created.
unsigned ModeIn(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, unsigned) : 0;
}

}  // namespace

extern "C" {

int PowerOpen(const char* path, int flags, ...) __asm__("open");
int PowerOpen(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = ModeIn(flags, arguments);
  va_end(arguments);
  return OpenAt(AT_FDCWD, path, flags, mode);
}
int PowerOpen64(const char* path, int flags, ...) __asm__("open64");
int PowerOpen64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = ModeIn(flags, arguments);
  va_end(arguments);
  return OpenAt(AT_FDCWD, path, flags, mode);
}
int PowerOpenAt(int directory, const char* path, int flags, ...) __asm__("openat");
int PowerOpenAt(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = ModeIn(flags, arguments);
  va_end(arguments);
  return OpenAt(directory, path, flags, mode);
}
int PowerOpenAt64(int directory, const char* path, int flags, ...) __asm__("openat64");
int PowerOpenAt64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = ModeIn(flags, arguments);
  va_end(arguments);
  return OpenAt(directory, path, flags, mode);
}

ssize_t PowerWrite(int fd, const void* bytes, size_t size) __asm__("write");
ssize_t PowerWrite(int fd, const void* bytes, size_t size) {
  const iovec piece = Piece(bytes, size);
  return Recorder::Written(fd, &piece, 1, {}, [=] { return syscall(SYS_write, fd, bytes, size); });
}
ssize_t PowerWriteV(int fd, const iovec* pieces, int count) __asm__("writev");
ssize_t PowerWriteV(int fd, const iovec* pieces, int count) {
  return Recorder::Written(fd, pieces, count, {}, [=] { return syscall(SYS_writev, fd, pieces, count); });
}
ssize_t PowerPWrite(int fd, const void* bytes, size_t size, off_t offset) __asm__("pwrite");
ssize_t PowerPWrite(int fd, const void* bytes, size_t size, off_t offset) { return WriteAt(fd, bytes, size, offset); }
ssize_t PowerPWrite64(int fd, const void* bytes, size_t size, off_t offset) __asm__("pwrite64");
ssize_t PowerPWrite64(int fd, const void* bytes, size_t size, off_t offset) { return WriteAt(fd, bytes, size, offset); }
ssize_t PowerPWriteV(int fd, const iovec* pieces, int count, off_t offset) __asm__("pwritev");
ssize_t PowerPWriteV(int fd, const iovec* pieces, int count, off_t offset) {
  return WritePiecesAt(fd, pieces, count, offset);
}
ssize_t PowerPWriteV64(int fd, const iovec* pieces, int count, off_t offset) __asm__("pwritev64");
ssize_t PowerPWriteV64(int fd, const iovec* pieces, int count, off_t offset) {
  return WritePiecesAt(fd, pieces, count, offset);
}

int PowerResize(int fd, off_t size) __asm__("ftruncate");
int PowerResize(int fd, off_t size) { return Resize(fd, size); }
int PowerResize64(int fd, off_t size) __asm__("ftruncate64");
int PowerResize64(int fd, off_t size) { return Resize(fd, size); }

int PowerSync(int fd) __asm__("fsync");
int PowerSync(int fd) { return static_cast<int>(Recorder::Flushed(fd)); }
int PowerDataSync(int fd) __asm__("fdatasync");
int PowerDataSync(int fd) { return static_cast<int>(Recorder::Flushed(fd)); }

int PowerMakeFolder(const char* path, mode_t mode) __asm__("mkdir");
int PowerMakeFolder(const char* path, mode_t mode) { return MakeFolderAt(AT_FDCWD, path, mode); }
int PowerMakeFolderAt(int directory, const char* path, mode_t mode) __asm__("mkdirat");
int PowerMakeFolderAt(int directory, const char* path, mode_t mode) { return MakeFolderAt(directory, path, mode); }

int PowerUnlink(const char* path) __asm__("unlink");
int PowerUnlink(const char* path) { return RemoveAt(AT_FDCWD, path, 0); }
int PowerUnlinkAt(int directory, const char* path, int flags) __asm__("unlinkat");
int PowerUnlinkAt(int directory, const char* path, int flags) { return RemoveAt(directory, path, flags); }
int PowerRemoveFolder(const char* path) __asm__("rmdir");
int PowerRemoveFolder(const char* path) { return RemoveAt(AT_FDCWD, path, AT_REMOVEDIR); }

int PowerRename(const char* from, const char* to) __asm__("rename");
int PowerRename(const char* from, const char* to) { return RenameAt(AT_FDCWD, from, AT_FDCWD, to, 0); }
int PowerRenameAt(int from_directory, const char* from, int to_directory, const char* to) __asm__("renameat");
int PowerRenameAt(int from_directory, const char* from, int to_directory, const char* to) {
  return RenameAt(from_directory, from, to_directory, to, 0);
}
int PowerRenameAt2(int from_directory, const char* from, int to_directory, const char* to,
                   unsigned flags) __asm__("renameat2");
int PowerRenameAt2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  return RenameAt(from_directory, from, to_directory, to, flags);
}

// Nothing in src/ calls these for files that it keeps. If that changes, the tests say so.
int PowerAllocate(int fd, int mode, off_t offset, off_t size) __asm__("fallocate");
int PowerAllocate(int fd, int mode, off_t offset, off_t size) {
  return static_cast<int>(
      Recorder::Unknown("fallocate", fd, [=] { return syscall(SYS_fallocate, fd, mode, offset, size); }));
}
int PowerLink(const char* from, const char* to) __asm__("link");
int PowerLink(const char* from, const char* to) {
  return static_cast<int>(
      Recorder::Unknown("link", AT_FDCWD, to, [=] { return syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0); }));
}
int PowerTruncate(const char* path, off_t size) __asm__("truncate");
int PowerTruncate(const char* path, off_t size) {
  return static_cast<int>(
      Recorder::Unknown("truncate", AT_FDCWD, path, [=] { return syscall(SYS_truncate, path, size); }));
}

}  // extern "C"
}  // namespace zoobar::power
