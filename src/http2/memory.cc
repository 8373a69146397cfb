#include "http2/memory.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace zoobar {
namespace {

// In front of each block, because free does not tell how large the block is. Aligned as malloc aligns.
struct alignas(std::max_align_t) BlockHeader {
  std::size_t size;  // with this header
};

BlockHeader* HeaderOf(void* place) { return static_cast<BlockHeader*>(place) - 1; }
Http2Memory& MemoryOf(void* user);

}  // namespace

void* Http2Memory::Allocate(std::size_t size) {
  if (size > most_ || used_ + size + sizeof(BlockHeader) > most_) return nullptr;
  auto* header = static_cast<BlockHeader*>(std::malloc(sizeof(BlockHeader) + size));
  if (header == nullptr) return nullptr;
  header->size = sizeof(BlockHeader) + size;
  used_ += header->size;
  return header + 1;
}

void Http2Memory::Free(void* place) {
  if (place == nullptr) return;
  BlockHeader* header = HeaderOf(place);
  used_ -= header->size;
  sodium_memzero(header, header->size);
  std::free(header);
}

void* Http2Memory::Reallocate(void* place, std::size_t size) {
  void* bigger = Allocate(size);
  if (place == nullptr || bigger == nullptr) return bigger;
  std::memcpy(bigger, place, std::min(size, HeaderOf(place)->size - sizeof(BlockHeader)));
  Free(place);
  return bigger;
}

nghttp2_mem Http2Memory::Functions() {
  nghttp2_mem functions;
  functions.mem_user_data = this;
  functions.malloc = [](std::size_t size, void* user) { return MemoryOf(user).Allocate(size); };
  functions.free = [](void* place, void* user) { MemoryOf(user).Free(place); };
  functions.calloc = [](std::size_t count, std::size_t size, void* user) -> void* {
    if (size != 0 && count > SIZE_MAX / size) return nullptr;
    void* place = MemoryOf(user).Allocate(count * size);
    if (place != nullptr) std::memset(place, 0, count * size);
    return place;
  };
  functions.realloc = [](void* place, std::size_t size, void* user) { return MemoryOf(user).Reallocate(place, size); };
  return functions;
}

namespace {

Http2Memory& MemoryOf(void* user) { return *static_cast<Http2Memory*>(user); }

}  // namespace

}  // namespace zoobar
