// Memory that may hold secrets: passwords, session tokens, request bodies that contain them.
//
// Bytes is wiped whenever it gives memory back: when it shrinks, grows into a new block, or is destroyed. Everything a
// secret passes through on its way (connection buffers, channel buffers, form fields) is a Bytes, so that a second
// after a login no copy is left in the process. std::string is not used for secrets: its short form is never wiped.
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
  // Leaves new elements uninitialised on resize(): buffers are about to be read into.
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

// A move leaves the source empty; a copy is a second secret, wiped on its own.
using Bytes = std::vector<char, WipingAllocator<char>>;

inline std::string_view View(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }
inline Bytes ToBytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

// Hexadecimal text, for logs and forms.
inline std::string ToHex(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

// A queue of bytes: written at the end, read from the front, what was read is wiped at once.
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
  // Room for at least `count` bytes at the end; valid until the next call of any other member. Then Commit what was
  // used.
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
  // Empties it and gives the memory back.
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
