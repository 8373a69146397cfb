// The output that waits to be written to one client: bytes, shared bodies and parts of files, in order. It is written
// with as few system calls as possible; a small response needs only one send. The process must ignore SIGPIPE, because
// sendfile, unlike send, has no flag that prevents this signal.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/response.h"
#include "ipc/bytes.h"

namespace zoobar {

// Memory in which heads and bodies of responses are composed. It is wiped when it is freed.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : memory_(std::move(other.memory_)), used_(std::exchange(other.used_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    used_ = std::exchange(other.used_, 0);
    return *this;
  }

  void Append(std::string_view text) {
    if (text.empty()) return;
    if (memory_.size() - used_ < text.size()) Grow(text.size());
    std::memcpy(memory_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }
  void AppendNumber(std::uint64_t number);
  std::string_view view() const { return {memory_.data(), used_}; }
  bool empty() const { return used_ == 0; }
  std::size_t capacity() const { return memory_.size(); }
  void Clear() { used_ = 0; }  // keeps the memory and does not wipe it
  void Wipe();                 // keeps the memory and fills it with zeros

 private:
  void Grow(std::size_t more);

  Bytes memory_;
  std::size_t used_ = 0;
};

// Keeps free buffers so that they can be used again. A response then usually needs no allocation, and an idle
// connection needs no buffer of its own.
class BufferPool {
 public:
  Buffer Take();
  void Give(Buffer buffer, bool secret);

 private:
  static constexpr std::size_t kKept = 16, kLargest = 128 * 1024;
  std::vector<Buffer> free_;
};

class Output {
 public:
  explicit Output(BufferPool& pool) : pool_(pool) {}
  ~Output() { Clear(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  enum class Outcome { kDone, kBlocked, kBroken };

  bool empty() const { return first_.empty() && rest_.empty(); }
  // Returns the buffer in which heads and small bodies are composed. Its bytes are sent before everything that is added
  // later.
  Buffer& buffer();
  void Add(std::shared_ptr<const std::string> body);
  void Add(FileSlice file);
  // Whether so much output waits that it should be written before more is composed.
  bool plenty() const { return !rest_.empty() || first_.view().size() > 64 * 1024; }
  // Notes that the waiting output contains a secret (a cookie). Its memory is then wiped after it is written.
  void MarkSecret() { secret_ = true; }
  void Clear();

  // Writes as much as the socket accepts. Sets *wrote to whether the socket accepted anything. Returns kBroken if the
  // client has left, or if a file has become shorter than its FileSlice.
  Outcome WriteTo(int socket, bool* wrote);

 private:
  struct Piece {
    Buffer bytes;
    std::shared_ptr<const std::string> shared;
    FileSlice file;
    std::uint64_t done = 0;  // how many bytes of `bytes` or `shared` are written already
  };
  void SetFirstAside();
  Outcome WritePieces(int socket, bool* wrote);
  ssize_t WriteBytes(int socket) const;
  ssize_t WriteFile(int socket) const;
  void Drop(std::uint64_t count);

  BufferPool& pool_;
  Buffer first_;          // usually the only output
  std::size_t sent_ = 0;  // how many bytes of first_ are written, while rest_ is empty
  std::deque<Piece> rest_;
  bool secret_ = false;
};

}  // namespace zoobar
