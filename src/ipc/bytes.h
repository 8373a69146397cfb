// Bytes and ByteQueue hold memory that may contain secrets, such as passwords, session tokens, and request bodies with
// such values.
//
// Bytes wipes a block of memory before it frees the block, which is when it grows into a new block or is destroyed.
// Every buffer that a secret passes through (of connections, channels, form fields) is a Bytes. So one second after a
// login no copy of the password is left in the process. std::string is not used for secrets. It keeps short strings
// inside the object itself and never wipes them.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

template <typename T>
struct WipingAllocator {
  using value_type = T;
  using is_always_equal = std::true_type;

  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    sodium_memzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  // Leaves the elements that resize() adds uninitialised, because the caller reads data into them anyway.
  template <typename U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;
  }
  template <typename U, typename... Args>
  void construct(U* place, Args&&... args) {
    ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

// A moved-from Bytes is empty. A copy has a block of its own, which is wiped too.
using Bytes = std::vector<char, WipingAllocator<char>>;

inline std::string_view View(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }
inline Bytes ToBytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

// Returns the bytes as hexadecimal text, for logs and forms.
inline std::string ToHex(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

// A queue of bytes. Callers write at its end and read from its front. Consume wipes at once the bytes that were read.
class ByteQueue {
 public:
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::string_view view() const { return {memory_.data() + begin_, size()}; }

  void Append(std::string_view bytes) {
    char* place = Reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) place[i] = bytes[i];
    Commit(bytes.size());
  }
  // Returns a place for at least `count` bytes at the end of the queue. room() is its real size. The place is valid
  // until the next call of another member that changes the queue. Call Commit with the number of bytes that were
  // written there.
  char* Reserve(std::size_t count) {
    if (memory_.size() - end_ < count) MakeRoom(count);
    return memory_.data() + end_;
  }
  std::size_t room() const { return memory_.size() - end_; }
  void Commit(std::size_t count) { end_ += count; }
  // Precondition: count <= size().
  void Consume(std::size_t count) {
    sodium_memzero(memory_.data() + begin_, count);
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Empties the queue and frees its memory.
  void Release() {
    memory_ = Bytes();
    begin_ = end_ = 0;
  }

 private:
  void MakeRoom(std::size_t count) {
    const std::size_t held = size();
    Bytes bigger;
    bigger.resize(std::max<std::size_t>(4096, 2 * (held + count)));
    std::copy(memory_.data() + begin_, memory_.data() + end_, bigger.data());
    memory_ = std::move(bigger);
    begin_ = 0;
    end_ = held;
  }

  Bytes memory_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace zoobar
