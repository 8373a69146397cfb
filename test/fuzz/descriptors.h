// Descriptors for fuzz targets: of any kind, and how many this process has open.
#pragma once

#include <fcntl.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/require.h"
#include "ipc/fd.h"
#include "options.pb.h"

namespace zoobar {

// How many of the first 256 descriptors are open. No target opens more.
inline int OpenDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

inline Fd MemoryFile(std::string_view content) {
  Fd file(memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  Require(write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "memory for a file");
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Two connected stream sockets.
inline std::pair<Fd, Fd> SocketPair(int type = SOCK_STREAM) {
  int pair[2];
  Require(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0, "a pair of sockets can be made");
  return {Fd(pair[0]), Fd(pair[1])};
}

// A descriptor of the kind that the input chooses. Nothing can be done with it that matters outside of this process.
inline Fd AnyDescriptor(FuzzedDataProvider& input) {
  int pair[2];
  switch (input.ConsumeIntegralInRange(0, 8)) {
    case 0:
      return MemoryFile(input.ConsumeRandomLengthString(64));
    case 1:
      Require(pipe2(pair, O_CLOEXEC) == 0, "a pipe can be made");
      close(pair[1]);
      return Fd(pair[0]);
    case 2:
      Require(pipe2(pair, O_CLOEXEC) == 0, "a pipe can be made");
      close(pair[0]);
      return Fd(pair[1]);
    case 3:
      return SocketPair().first;
    case 4:
      return SocketPair(SOCK_DGRAM).second;
    case 5:
      return Fd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    case 6:
      return Fd(epoll_create1(EPOLL_CLOEXEC));
    case 7:
      return Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    default:
      return Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  }
}

inline Fd DescriptorOf(FuzzedDataProvider& input, DescriptorKind kind) {
  int pair[2];
  switch (kind) {
    case DESCRIPTOR_SOCKET:
      return SocketPair().first;
    case DESCRIPTOR_PIPE:
      Require(pipe2(pair, O_CLOEXEC) == 0, "a pipe can be made");
      close(pair[1]);
      return Fd(pair[0]);
    default:
      return MemoryFile(input.ConsumeRandomLengthString(64));
  }
}

// As many descriptors as `count` says, mostly of the kinds that a method names.
inline std::vector<Fd> AnyDescriptors(FuzzedDataProvider& input, std::size_t count,
                                      const std::vector<DescriptorKind>& kinds = {}) {
  std::vector<Fd> fds;
  while (fds.size() < count) {
    const bool right = fds.size() < kinds.size() && input.ConsumeIntegralInRange(0, 7) != 0;
    fds.push_back(right ? DescriptorOf(input, kinds[fds.size()]) : AnyDescriptor(input));
  }
  return fds;
}

// Whether a method with these kinds permits these descriptors. They are as AnyDescriptor makes them.
inline bool Permitted(const std::vector<Fd>& fds, const std::vector<DescriptorKind>& kinds) {
  if (fds.size() > kinds.size()) return false;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    struct stat about{};
    Require(fstat(fds[i].get(), &about) == 0, "a descriptor is open");
    int type = 0;
    socklen_t size = sizeof type;
    getsockopt(fds[i].get(), SOL_SOCKET, SO_TYPE, &type, &size);
    const DescriptorKind is = type == SOCK_STREAM       ? DESCRIPTOR_SOCKET
                              : S_ISFIFO(about.st_mode) ? DESCRIPTOR_PIPE
                              : S_ISREG(about.st_mode)  ? DESCRIPTOR_FILE
                                                        : DESCRIPTOR_KIND_UNSPECIFIED;
    if (is != kinds[i]) return false;
  }
  return true;
}

}  // namespace zoobar
