#include "master/shared_libraries.h"

#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "ipc/fd.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

// A file that is mapped into memory to be read.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
    void* const place = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (place == MAP_FAILED) return;
    bytes_ = static_cast<const char*>(place);
    size_ = static_cast<std::size_t>(status.st_size);
  }
  ~MappedFile() {
    if (bytes_) munmap(const_cast<char*>(bytes_), size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Returns the T at this offset, or nullopt if the file is too short.
  template <typename T>
  std::optional<T> At(std::uint64_t offset) const {
    if (offset > size_ || size_ - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_ + offset, sizeof value);
    return value;
  }

  // Returns the text at this offset up to its NUL byte, or an empty text if there is none.
  std::string TextAt(std::uint64_t offset) const {
    if (offset >= size_) return "";
    const void* const end = std::memchr(bytes_ + offset, 0, size_ - offset);
    return end ? std::string(bytes_ + offset) : "";
  }

 private:
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

std::vector<Elf64_Phdr> ProgramHeaders(const MappedFile& file) {
  const auto head = file.At<Elf64_Ehdr>(0);
  std::vector<Elf64_Phdr> headers;
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64 ||
      head->e_ident[EI_DATA] != ELFDATA2LSB) {
    return headers;
  }
  for (unsigned i = 0; i < head->e_phnum; ++i) {
    if (const auto header = file.At<Elf64_Phdr>(head->e_phoff + i * sizeof(Elf64_Phdr))) headers.push_back(*header);
  }
  return headers;
}

// Returns the offset in the file of what is loaded at this address.
std::optional<std::uint64_t> OffsetOf(const std::vector<Elf64_Phdr>& headers, std::uint64_t address) {
  for (const Elf64_Phdr& header : headers) {
    if (header.p_type == PT_LOAD && address >= header.p_vaddr && address - header.p_vaddr < header.p_filesz)
      return header.p_offset + (address - header.p_vaddr);
  }
  return std::nullopt;
}

bool IsLoaded(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle) dlclose(handle);
  return handle != nullptr;
}

}  // namespace

std::vector<std::string> NeededLibraries(const std::string& path) {
  const MappedFile file(path);
  const std::vector<Elf64_Phdr> headers = ProgramHeaders(file);
  std::vector<std::uint64_t> names;  // offsets in the table of texts
  std::uint64_t table = 0;           // the address of that table
  for (const Elf64_Phdr& header : headers) {
    if (header.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= header.p_filesz; at += sizeof(Elf64_Dyn)) {
      const auto entry = file.At<Elf64_Dyn>(header.p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) break;
      if (entry->d_tag == DT_NEEDED) names.push_back(entry->d_un.d_val);
      if (entry->d_tag == DT_STRTAB) table = entry->d_un.d_ptr;
    }
  }
  std::vector<std::string> needed;
  const auto texts = OffsetOf(headers, table);
  for (const std::uint64_t name : names) {
    const std::string text = texts ? file.TextAt(*texts + name) : "";
    if (!text.empty() && text.find('/') == text.npos) needed.push_back(text);
  }
  return needed;
}

std::map<std::string, std::string> FindLibraries(const std::set<std::string>& files,
                                                 const std::vector<std::string>& folders) {
  std::map<std::string, std::string> found;
  std::vector<std::string> waiting(files.begin(), files.end());
  while (!waiting.empty()) {
    const std::string file = waiting.back();
    waiting.pop_back();
    for (const std::string& name : NeededLibraries(file)) {
      if (found.contains(name) || IsLoaded(name)) continue;
      for (const std::string& folder : folders) {
        std::error_code failed;
        const fs::path path = fs::canonical(fs::path(folder) / name, failed);
        if (failed || !fs::is_regular_file(path, failed)) continue;
        found[name] = path;
        waiting.push_back(path);
        break;
      }
    }
  }
  return found;
}

std::vector<std::string> LibraryFolders() {
  std::vector<std::string> folders;
  Dl_info info;
  // The folder of the C library that this process uses. Its name has the machine's architecture.
  const void* const in_libc = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  if (in_libc && dladdr(in_libc, &info) != 0 && info.dli_fname) {
    std::error_code failed;
    const fs::path library = fs::canonical(info.dli_fname, failed);
    if (!failed) folders.push_back(library.parent_path());
  }
  folders.push_back("/usr/lib");
  return folders;
}

}  // namespace zoobar
