// The protections that the compiler and the linker put into the executable, read back from the file.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Binary {
 public:
  explicit Binary(const std::string& path) : bytes_(ReadFile(path)) {
    if (bytes_.size() < sizeof header_) return;
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    sections_ = ReadAll<Elf64_Shdr>(header_.e_shoff, header_.e_shnum);
    segments_ = ReadAll<Elf64_Phdr>(header_.e_phoff, header_.e_phnum);
  }

  const Elf64_Ehdr& header() const { return header_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  // The segment of this type; null: there is none.
  const Elf64_Phdr* Segment(Elf64_Word type) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == type) return &segment;
    }
    return nullptr;
  }
  // The bytes of a section; empty: there is none.
  std::string Section(const std::string& name) const {
    if (header_.e_shstrndx >= sections_.size()) return {};
    const std::size_t names = sections_[header_.e_shstrndx].sh_offset;
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_NOBITS && name == bytes_.c_str() + names + section.sh_name)
        return bytes_.substr(section.sh_offset, section.sh_size);
    }
    return {};
  }
  // The value of an entry of the dynamic section; 0: there is none.
  std::uint64_t Dynamic(Elf64_Sxword tag) const {
    const Elf64_Phdr* const segment = Segment(PT_DYNAMIC);
    if (!segment) return 0;
    for (const Elf64_Dyn& entry : ReadAll<Elf64_Dyn>(segment->p_offset, segment->p_filesz / sizeof(Elf64_Dyn))) {
      if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return 0;
  }

 private:
  template <typename T>
  std::vector<T> ReadAll(std::size_t offset, std::size_t count) const {
    std::vector<T> all(count);
    if (offset + count * sizeof(T) > bytes_.size()) return {};
    std::memcpy(all.data(), bytes_.data() + offset, count * sizeof(T));
    return all;
  }

  std::string bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Shdr> sections_;
  std::vector<Elf64_Phdr> segments_;
};

#ifndef ZOOBAR_ASAN  // a sanitizer's build is not the one that is delivered

const Binary& Zoobar() {
  static const Binary binary(ZOOBAR_BINARY);
  return binary;
}

TEST(Hardening, TheExecutableIsPositionIndependent) {
  EXPECT_EQ(Zoobar().header().e_type, ET_DYN);
  EXPECT_TRUE(Zoobar().Dynamic(DT_FLAGS_1) & DF_1_PIE);
}

TEST(Hardening, RelocationsAreReadOnlyBeforeMainBegins) {
  EXPECT_NE(Zoobar().Segment(PT_GNU_RELRO), nullptr);
  EXPECT_TRUE(Zoobar().Dynamic(DT_FLAGS) & DF_BIND_NOW || Zoobar().Dynamic(DT_FLAGS_1) & DF_1_NOW);
}

TEST(Hardening, NoMemoryIsWritableAndExecutable) {
  const Elf64_Phdr* const stack = Zoobar().Segment(PT_GNU_STACK);
  ASSERT_NE(stack, nullptr);
  EXPECT_FALSE(stack->p_flags & PF_X);
  for (const Elf64_Phdr& segment : Zoobar().segments())
    EXPECT_FALSE(segment.p_type == PT_LOAD && (segment.p_flags & PF_W) && (segment.p_flags & PF_X));
}

TEST(Hardening, TheExecutableCannotBeLoadedAsALibraryAndLoadsFromNoPathOfItsOwn) {
  EXPECT_TRUE(Zoobar().Dynamic(DT_FLAGS_1) & DF_1_NOOPEN);
  EXPECT_EQ(Zoobar().Dynamic(DT_RPATH), 0u);
  EXPECT_EQ(Zoobar().Dynamic(DT_RUNPATH), 0u);
}

TEST(Hardening, FunctionsCheckTheirStackAndTheirBuffers) {
  const std::string imports = Zoobar().Section(".dynstr");
  EXPECT_THAT(imports, HasSubstr("__stack_chk_fail"));       // -fstack-protector-strong
  EXPECT_THAT(imports, HasSubstr("__memcpy_chk"));           // _FORTIFY_SOURCE
  EXPECT_THAT(imports, HasSubstr("__glibcxx_assert_fail"));  // _GLIBCXX_ASSERTIONS
}

TEST(Hardening, EveryUnitWasCompiledWithTheFlagsThatLeaveNoOtherMark) {
  // The compiler writes its own command line beside the debugging information.
  const std::string texts = Zoobar().Section(".debug_str") + Zoobar().Section(".debug_line_str");
  ASSERT_THAT(texts, HasSubstr("GNU C++20")) << "no debugging information: built otherwise than the presets say";
  for (std::size_t at = texts.find("GNU C++20"); at != texts.npos; at = texts.find("GNU C++20", at + 1)) {
    const std::string command = texts.c_str() + at;
    for (const char* flag :
         {"-fstack-clash-protection", "-ftrivial-auto-var-init=zero", "-fstack-protector-strong", "-fPI"}) {
      EXPECT_THAT(command, HasSubstr(flag));
    }
  }
}

// Sanitizers and valgrind need roles that are not confined, and such a build says so (src/confine/unconfined.h). Nothing
// of it is in any other build: no text, and no code that passes a step of the confinement by.
TEST(Hardening, TheExecutableCannotServeUnconfinedRoles) {
  const std::string whole = ReadFile(ZOOBAR_BINARY);
  EXPECT_NE(whole.find("no_new_privs"), whole.npos) << "the texts of src/confine/jail.cc cannot be found like this";
  EXPECT_EQ(whole.find("UNCONFINED"), whole.npos);
}

#if defined(__x86_64__)
// Debian 12's start-up objects have no such marks, so the kernel does not switch the guard on for this executable; the
// marks are there for a system that does.
TEST(Hardening, IndirectBranchesEndAtMarkedPlacesAlone) {
  const std::string text = Zoobar().Section(".text");
  constexpr std::string_view kEndbr64 = "\xF3\x0F\x1E\xFA";
  std::size_t marks = 0;
  for (std::size_t at = text.find(kEndbr64); at != text.npos; at = text.find(kEndbr64, at + 4)) ++marks;
  EXPECT_GT(marks, 1000u) << "-fcf-protection=full is missing";
}
#endif

#endif

}  // namespace
}  // namespace zoobar
