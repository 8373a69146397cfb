// Fd: owns one file descriptor and closes it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace zoobar {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return valid(); }
  // Returns the descriptor. The caller owns it from now on.
  int release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  // Returns a second descriptor of the same open file, with close-on-exec. The result is invalid if the system call
  // failed.
  Fd Duplicate() const { return Fd(fcntl(fd_, F_DUPFD_CLOEXEC, 0)); }

 private:
  int fd_ = -1;
};

}  // namespace zoobar
