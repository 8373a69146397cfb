#include "chaos/site/faults.h"

#include <elf.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "live_site/processes.h"

namespace zoobar::chaos {
namespace {

template <typename Part>
std::vector<Part> PartsAt(const std::string& file, std::uint64_t offset, std::size_t count) {
  std::vector<Part> parts(count);
  if (offset > file.size() || count > (file.size() - offset) / sizeof(Part)) return {};
  std::memcpy(parts.data(), file.data() + offset, count * sizeof(Part));
  return parts;
}

bool WriteMemory(pid_t pid, std::uint64_t address, const void* bytes, std::size_t size) {
  const iovec from{const_cast<void*>(bytes), size}, to{reinterpret_cast<void*>(address), size};
  return process_vm_writev(pid, &from, 1, &to, 1, 0) == static_cast<ssize_t>(size);
}

}  // namespace

FaultPages::FaultPages(const std::string& binary) {
  const std::string file = ReadWhole(binary);
  const auto headers = PartsAt<Elf64_Ehdr>(file, 0, 1);
  if (headers.empty()) return;
  entry_ = headers[0].e_entry;
  const auto sections = PartsAt<Elf64_Shdr>(file, headers[0].e_shoff, headers[0].e_shnum);
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) continue;
    const std::uint64_t names = section.sh_link < sections.size() ? sections[section.sh_link].sh_offset : 0;
    for (const auto& symbol : PartsAt<Elf64_Sym>(file, section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
      const std::uint64_t name = names + symbol.st_name;
      if (name < file.size() && std::string_view(file.c_str() + name) == "zoobar_faults") symbol_ = symbol.st_value;
    }
  }
}

// The kernel tells where it has put the executable's entry point.
std::uint64_t FaultPages::AddressIn(pid_t pid) const {
  const std::string vector = ReadWhole(Proc(pid, "auxv"));
  for (const auto& value : PartsAt<Elf64_auxv_t>(vector, 0, vector.size() / sizeof(Elf64_auxv_t))) {
    if (value.a_type == AT_ENTRY) return value.a_un.a_val - entry_ + symbol_;
  }
  return 0;
}

bool FaultPages::Write(pid_t pid, FaultPage page) const {
  const std::uint64_t address = AddressIn(pid);
  if (address == 0) return false;
  const std::uint32_t calls = page.calls;
  page.calls = 0;
  page.made = 0;
  constexpr std::size_t kCalls = offsetof(FaultPage, calls), kSkip = offsetof(FaultPage, skip);
  const auto* const bytes = reinterpret_cast<const char*>(&page);
  return WriteMemory(pid, address + kCalls, &page.calls, sizeof page.calls) &&  // off, while the rest is changed
         WriteMemory(pid, address + kSkip, bytes + kSkip, sizeof page - kSkip) &&
         WriteMemory(pid, address + kCalls, &calls, sizeof calls);
}

bool FaultPages::SetClock(pid_t pid, std::int64_t clock_us) const {
  const std::uint64_t address = AddressIn(pid);
  return address != 0 && WriteMemory(pid, address + offsetof(FaultPage, clock_us), &clock_us, sizeof clock_us);
}

std::optional<std::uint32_t> FaultPages::Made(pid_t pid) const {
  const std::uint64_t address = AddressIn(pid);
  std::uint32_t made = 0;
  const iovec to{&made, sizeof made}, from{reinterpret_cast<void*>(address + offsetof(FaultPage, made)), sizeof made};
  if (address == 0 || process_vm_readv(pid, &to, 1, &from, 1, 0) != sizeof made) return std::nullopt;
  return made;
}

LoweredLimit::LoweredLimit(pid_t pid, __rlimit_resource what, rlim_t value) : pid_(pid), what_(what) {
  if (prlimit(pid, what, nullptr, &before_) != 0) return;
  const rlimit lower{value, before_.rlim_max};
  lowered_ = prlimit(pid, what, &lower, nullptr) == 0;
}

LoweredLimit::~LoweredLimit() {
  if (lowered_) prlimit(pid_, what_, &before_, nullptr);  // fails if the process is gone
}

}  // namespace zoobar::chaos
