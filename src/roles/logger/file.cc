#include "roles/logger/file.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace zoobar {
namespace {

ssize_t WriteOnce(int fd, std::string_view bytes) {
  ssize_t count;
  do {
    count = write(fd, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  return count;
}

std::uint64_t LinesIn(std::string_view text) { return static_cast<std::uint64_t>(std::ranges::count(text, '\n')); }

}  // namespace

AppendFile::AppendFile(std::string name, Fd fd, std::size_t again) : name_(std::move(name)), again_(again) {
  Replace(std::move(fd));
}

void AppendFile::Replace(Fd fd) {
  Flush();
  if (std::exchange(begun_, false)) {  // the first part of a line is in the old file, and the rest in gathered_
    gathered_.erase(0, gathered_.find('\n') + 1);
    Lose(1, "the file was replaced when part of a line was written");
  }
  fd_ = std::move(fd);
  torn_ = false;
  struct stat file{};
  size_ = fd_ && fstat(fd_.get(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
  found_modified_ms_ = size_ > 0 ? std::int64_t{file.st_mtim.tv_sec} * 1000 : 0;
}

void AppendFile::Append(std::string line) {
  gathered_ += line;
  line.pop_back();
  recent_.push_back(std::move(line));
  if (recent_.size() > kRecent) recent_.pop_front();
  if (gathered_.size() >= kWriteAt) Flush();
}

void AppendFile::Flush() {
  if (gathered_.empty()) return;
  std::size_t written = 0;
  bool fits = static_cast<bool>(fd_);
  if (fits && torn_) {
    fits = WriteOnce(fd_.get(), "\n") == 1;
    torn_ = !fits;
    size_ += fits ? 1 : 0;
  }
  while (fits && written < gathered_.size()) {
    const ssize_t count = WriteOnce(fd_.get(), std::string_view(gathered_).substr(written));
    fits = count > 0;
    if (fits) written += static_cast<std::size_t>(count);
  }
  const std::string why = fits ? "" : fd_ ? std::strerror(errno) : "no file is open";
  size_ += written;
  if (written > 0) {
    torn_ = gathered_[written - 1] != '\n';
    begun_ = false;
  }
  failing_ = !fits;
  gathered_.erase(0, written);
  if (failing_) Keep(why);
}

// Keeps the oldest gathered lines for the next Flush, as many whole lines as fit into again_ bytes. The others are
// lost. why: the reason that TakeLost returns.
void AppendFile::Keep(const std::string& why) {
  std::size_t kept = gathered_.size();
  if (kept > again_) {
    const std::size_t end = again_ > 0 ? gathered_.rfind('\n', again_ - 1) : gathered_.npos;
    kept = end == gathered_.npos ? 0 : end + 1;
  }
  const std::uint64_t lost = LinesIn(std::string_view(gathered_).substr(kept));
  if (lost > 0) Lose(lost, why);
  gathered_.resize(kept);
  if (kept > 0 && torn_) {
    torn_ = false;  // the incomplete line will be continued, because gathered_ begins with its second part
    begun_ = true;
  } else if (kept == 0 && std::exchange(begun_, false)) {
    torn_ = true;
  }
}

void AppendFile::Lose(std::uint64_t lines, std::string_view why) {
  lost_.lines += lines;
  lost_.why = why;
  lost_in_all_ += lines;
}

std::optional<LostLines> AppendFile::TakeLost() {
  if (failing_ || lost_.lines == 0) return {};
  return std::exchange(lost_, {});
}

std::vector<std::string> AppendFile::Recent(std::size_t count) const {
  const std::size_t kept = std::min(count, recent_.size());
  return {recent_.end() - static_cast<std::ptrdiff_t>(kept), recent_.end()};
}

SharedStderr::SharedStderr(Fd fd) : fd_(std::move(fd)) {
  struct stat file{};
  socket_ = fd_ && fstat(fd_.get(), &file) == 0 && S_ISSOCK(file.st_mode);
}

void SharedStderr::Append(std::string line) {
  if (fd_) lines_.push_back(std::move(line));
}

SharedStderr::Wrote SharedStderr::Write(std::string_view part) {
  pollfd ready{fd_.get(), POLLOUT, 0};
  if (poll(&ready, 1, 0) < 1 || (ready.revents & POLLOUT) == 0)
    return ready.revents & (POLLERR | POLLNVAL) ? Wrote::kGone : Wrote::kNothing;
  ssize_t count;
  if (socket_) {
    iovec piece{const_cast<char*>(part.data()), part.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    count = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else {
    count = WriteOnce(fd_.get(), part);
  }
  if (count < 0) return errno == EPIPE ? Wrote::kGone : Wrote::kNothing;
  return static_cast<std::size_t>(count) == part.size() ? Wrote::kAll : Wrote::kPart;
}

void SharedStderr::Flush() {
  Wrote last = Wrote::kAll;
  while (!lines_.empty() && last == Wrote::kAll) {
    const std::string line = (torn_ ? "\n" : "") + lines_.front();
    for (std::string_view rest = line; !rest.empty() && last == Wrote::kAll;) {
      const std::string_view part = rest.substr(0, PIPE_BUF);
      last = Write(part);
      if (last == Wrote::kAll) torn_ = part.back() != '\n';
      if (last == Wrote::kPart) torn_ = true;
      rest.remove_prefix(part.size());
    }
    if (last == Wrote::kAll) lines_.pop_front();
  }
  lost_ += lines_.size();
  lost_in_all_ += lines_.size();
  lines_.clear();
  if (last == Wrote::kGone) fd_.Close();
}

std::uint64_t SharedStderr::TakeLost() {
  pollfd ready{fd_.get(), POLLOUT, 0};
  if (lost_ == 0 || !fd_ || poll(&ready, 1, 0) < 1 || (ready.revents & POLLOUT) == 0) return 0;
  return std::exchange(lost_, 0);
}

}  // namespace zoobar
