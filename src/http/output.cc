#include "http/output.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace zoobar {
namespace {

// At most this many bytes of files are written before other connections get their turn.
constexpr std::uint64_t kFileTurn = 1 << 20;

}  // namespace

void Buffer::Grow(std::size_t more) {
  Bytes bigger;
  bigger.resize(std::max<std::size_t>(4096, 2 * (used_ + more)));
  if (used_ > 0) std::memcpy(bigger.data(), memory_.data(), used_);
  memory_ = std::move(bigger);
}

void Buffer::AppendNumber(std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  Append({digits, static_cast<std::size_t>(end - digits)});
}

void Buffer::Wipe() {
  sodium_memzero(memory_.data(), memory_.size());
  used_ = 0;
}

Buffer BufferPool::Take() {
  if (free_.empty()) return {};
  Buffer buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void BufferPool::Give(Buffer buffer, bool secret) {
  if (buffer.capacity() == 0 || buffer.capacity() > kLargest || free_.size() >= kKept)
    return;  // the buffer is freed here, which wipes it
  if (secret) buffer.Wipe();
  buffer.Clear();
  free_.push_back(std::move(buffer));
}

Buffer& Output::buffer() {
  if (rest_.empty()) {
    if (first_.capacity() == 0) first_ = pool_.Take();
    return first_;
  }
  Piece& last = rest_.back();
  if (!last.shared && !last.file.file) return last.bytes;
  rest_.emplace_back().bytes = pool_.Take();
  return rest_.back().bytes;
}

void Output::SetFirstAside() {
  if (first_.empty()) return;
  Piece& piece = rest_.emplace_back();
  piece.bytes = std::exchange(first_, Buffer());
  piece.done = std::exchange(sent_, 0);
}

void Output::Add(std::shared_ptr<const std::string> body) {
  if (body->empty()) return;
  SetFirstAside();
  rest_.emplace_back().shared = std::move(body);
}

void Output::Add(FileSlice file) {
  if (file.size == 0) return;
  SetFirstAside();
  rest_.emplace_back().file = std::move(file);
}

void Output::Clear() {
  pool_.Give(std::exchange(first_, Buffer()), secret_);
  for (Piece& piece : rest_) pool_.Give(std::move(piece.bytes), secret_);
  rest_.clear();
  sent_ = 0;
  secret_ = false;
}

Output::Outcome Output::WriteTo(int socket, bool* wrote) {
  *wrote = false;
  if (!rest_.empty()) return WritePieces(socket, wrote);
  const std::string_view left = first_.view().substr(sent_);
  const ssize_t count = send(socket, left.data(), left.size(), MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Outcome::kBlocked : Outcome::kBroken;
  *wrote = count > 0;
  sent_ += static_cast<std::size_t>(count);
  if (sent_ < first_.view().size()) return Outcome::kBlocked;
  Clear();
  return Outcome::kDone;
}

Output::Outcome Output::WritePieces(int socket, bool* wrote) {
  std::uint64_t of_files = 0;
  while (!rest_.empty()) {
    const bool file = static_cast<bool>(rest_.front().file.file);
    if (file && of_files >= kFileTurn) return Outcome::kBlocked;
    const ssize_t count = file ? WriteFile(socket) : WriteBytes(socket);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Outcome::kBlocked : Outcome::kBroken;
    if (count == 0) return Outcome::kBroken;  // the file has become shorter than the Content-Length that was sent
    *wrote = true;
    if (file) of_files += static_cast<std::uint64_t>(count);
    Drop(static_cast<std::uint64_t>(count));
  }
  Clear();
  return Outcome::kDone;
}

// Writes the pieces at the front that are in memory, with one system call.
ssize_t Output::WriteBytes(int socket) const {
  iovec parts[16];
  std::size_t used = 0;
  bool more = false;
  for (const Piece& piece : rest_) {
    more = static_cast<bool>(piece.file.file);  // before a file, MSG_MORE lets the kernel wait for its first bytes
    if (more || used == std::size(parts)) break;
    const std::string_view left =
        (piece.shared ? std::string_view(*piece.shared) : piece.bytes.view()).substr(piece.done);
    parts[used++] = {const_cast<char*>(left.data()), left.size()};
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = used;
  return sendmsg(socket, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

ssize_t Output::WriteFile(int socket) const {
  const FileSlice& slice = rest_.front().file;
  auto offset = static_cast<off_t>(slice.offset);
  return sendfile(socket, slice.file->get(), &offset, std::min(slice.size, kFileTurn));
}

// Removes the first `count` bytes from the output, because they are written.
void Output::Drop(std::uint64_t count) {
  while (count > 0) {
    Piece& piece = rest_.front();
    if (piece.file.file) {
      piece.file.offset += count;
      piece.file.size -= count;
      if (piece.file.size == 0) rest_.pop_front();
      return;
    }
    const std::uint64_t size = piece.shared ? piece.shared->size() : piece.bytes.view().size();
    const std::uint64_t step = std::min(count, size - piece.done);
    piece.done += step;
    count -= step;
    if (piece.done < size) return;
    pool_.Give(std::move(piece.bytes), secret_);
    rest_.pop_front();
  }
}

}  // namespace zoobar
