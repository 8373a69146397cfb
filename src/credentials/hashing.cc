#include "credentials/hashing.h"

#include <argon2.h>
#include <sys/mman.h>

#include <algorithm>

#include "ipc/try.h"

namespace zoobar {
namespace {

// libargon2 passes no argument of its caller to the allocator callbacks. So they find the work area in the variable
// area_in_use.
struct Area {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
};
thread_local Area area_in_use;

std::size_t AreaBytes(const Argon2Parameters& parameters) {
  return std::size_t{1024} * std::max(parameters.memory_kib, 8 * parameters.lanes);
}

unsigned char* MapPresent(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<unsigned char*>(memory);
}

// Maps memory with every page present, aligned so that the kernel may use huge pages. argon2 jumps about in its memory
// and each jump needs an address translation, which is faster with huge pages.
unsigned char* MapForKeeping(std::size_t size) {
  constexpr std::uintptr_t kHuge = 2 << 20;
  void* memory = mmap(nullptr, size + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* const start = static_cast<unsigned char*>(memory);
  const std::size_t before = (kHuge - reinterpret_cast<std::uintptr_t>(start) % kHuge) % kHuge;
  const std::size_t kept = (size + 4095) / 4096 * 4096;
  if (before > 0) munmap(start, before);
  if (before + kept < size + kHuge) munmap(start + before + kept, size + kHuge - before - kept);
  // Both calls are only advice to the kernel. It does no harm if the kernel ignores them, since no role may write core
  // dumps.
  madvise(start + before, size, MADV_HUGEPAGE);
  madvise(start + before, size, MADV_DONTDUMP);
  std::fill_n(start + before, size, static_cast<unsigned char>(0));
  return start + before;
}

int Allocate(std::uint8_t** memory, std::size_t size) {
  *memory = size <= area_in_use.size ? area_in_use.memory : MapPresent(size);
  return *memory ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

void Free(std::uint8_t* memory, std::size_t size) {
  if (memory != area_in_use.memory) munmap(memory, size);
}

}  // namespace

Hasher::~Hasher() { Release(); }

void Hasher::Release() {
  if (area_) munmap(area_, size_);
  area_ = nullptr;
  size_ = 0;
}

Status Hasher::Keep(const Argon2Parameters& parameters) {
  const std::size_t size = AreaBytes(parameters);
  if (size == size_) return {};
  unsigned char* area = MapForKeeping(size);
  if (!area) return Error::FromErrno(fmt::format("argon2 work area of {} KiB", size / 1024));
  Release();
  area_ = area;
  size_ = size;
  return {};
}

Result<Bytes> Hasher::Tag(std::string_view password, const Argon2Parameters& parameters, std::string_view salt) {
  Bytes tag;
  tag.resize(kTagBytes);
  argon2_context context = {};
  context.out = reinterpret_cast<std::uint8_t*>(tag.data());
  context.outlen = static_cast<std::uint32_t>(tag.size());
  // libargon2 does not write to the password or the salt, since ARGON2_FLAG_CLEAR_PASSWORD is not set. The caller's
  // Bytes wipe themselves.
  context.pwd = reinterpret_cast<std::uint8_t*>(const_cast<char*>(password.data()));
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = reinterpret_cast<std::uint8_t*>(const_cast<char*>(salt.data()));
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;  // the library makes no threads of its own, since the pool limits their number
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = Allocate;
  context.free_cbk = Free;

  area_in_use = {area_, size_};
  const int outcome = argon2id_ctx(&context);
  area_in_use = {};
  if (outcome != ARGON2_OK) return Error::Of("argon2: {}", argon2_error_message(outcome));
  return tag;
}

Result<std::string> HashSecret(std::string_view secret) {
  PasswordHash hash{.parameters = {}, .salt = FreshSalt(), .tag = {}};
  Hasher hasher;
  TRY(const Bytes tag, hasher.Tag(secret, hash.parameters, hash.salt));
  hash.tag = std::string(View(tag));
  return ToPhc(hash);
}

bool SameTag(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace zoobar
