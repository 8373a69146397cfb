// Looks for a secret in the memory of a process. The search itself leaves no copies there.
#pragma once

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"

namespace zoobar {

// A text that is kept only under a mask.
class HiddenText {
 public:
  // 24 random characters.
  HiddenText() : HiddenText(Random()) {}
  explicit HiddenText(const Bytes& text) {
    for (const char c : text) masked_.push_back(static_cast<char>(c ^ kMask));
  }

  Bytes Reveal() const {
    Bytes text;
    text.reserve(masked_.size());
    for (const char c : masked_) text.push_back(static_cast<char>(c ^ kMask));
    return text;
  }
  std::size_t size() const { return masked_.size(); }
  char At(std::size_t i) const { return static_cast<char>(masked_[i] ^ kMask); }
  // Whether `count` characters of the text, from `from` on, are at `place`, each in `width` bytes, little-endian.
  bool Stands(const char* place, std::size_t from, std::size_t count, std::size_t width) const {
    for (std::size_t i = 0; i < count; ++i) {
      if ((place[i * width] ^ kMask) != masked_[from + i]) return false;
      for (std::size_t zero = 1; zero < width; ++zero) {
        if (place[i * width + zero] != 0) return false;
      }
    }
    return true;
  }

 private:
  static constexpr char kMask = 0x5a;
  static Bytes Random() {
    constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    Bytes text;
    text.reserve(24);
    while (text.size() < 24) text.push_back(kLetters[randombytes_uniform(static_cast<std::uint32_t>(kLetters.size()))]);
    return text;
  }
  std::string masked_;
};

namespace detail {

struct Mapping {
  std::uintptr_t begin = 0, end = 0;
  std::string line;
};

inline std::vector<Mapping> ReadableMappings(const std::string& pid) {
  std::vector<Mapping> mappings;
  std::ifstream maps("/proc/" + pid + "/maps");
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping;
    char dash = 0;
    std::string access;
    std::istringstream(line) >> std::hex >> mapping.begin >> dash >> mapping.end >> access;
    if (access.empty() || access[0] != 'r' || line.find("[vvar") != std::string::npos) continue;
    if (mapping.end - mapping.begin > std::uintptr_t{1} << 40)
      continue;  // a sanitizer's shadow memory; it holds no data
    mapping.line = line;
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

// The places in `chunk` where `count` characters of the text, from `from` on, are found.
inline std::vector<const char*> FindInChunk(std::string_view chunk, const HiddenText& text, std::size_t from,
                                            std::size_t count, std::size_t width) {
  std::vector<const char*> places;
  if (chunk.size() < count * width) return places;
  const char first = text.At(from);
  const char* const stop = chunk.data() + chunk.size() - count * width + 1;
  for (const char* at = chunk.data(); at < stop; ++at) {
    at = static_cast<const char*>(memchr(at, first, static_cast<std::size_t>(stop - at)));
    if (!at) break;
    if (text.Stands(at, from, count, width)) places.push_back(at);
  }
  return places;
}

}  // namespace detail

// Where eight consecutive characters of the text, from a multiple of eight on, are in the memory of the process, as
// bytes or as 32-bit code points: "characters 8 to 15 at 7ffc..., [stack]". Empty if they are nowhere. Needs the right
// to read /proc/PID/mem. `pid` may be "self".
inline std::vector<std::string> FindInMemory(const std::string& pid, const HiddenText& text) {
  constexpr std::size_t kWindow = 8, kChunk = 1 << 20, kOverlap = 4 * kWindow;
  static std::vector<char> buffer(kChunk);
  const Fd memory(open(("/proc/" + pid + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (!memory) return {"cannot read the memory of " + pid};
  const auto own = reinterpret_cast<std::uintptr_t>(buffer.data());
  std::vector<std::string> found;
  for (const detail::Mapping& mapping : detail::ReadableMappings(pid)) {
    for (std::uintptr_t at = mapping.begin; at < mapping.end; at += kChunk - kOverlap) {
      const std::size_t wanted = std::min<std::size_t>(kChunk, mapping.end - at);
      const ssize_t got = pread(memory.get(), buffer.data(), wanted, static_cast<off_t>(at));
      if (got <= 0) continue;
      const std::string_view chunk(buffer.data(), static_cast<std::size_t>(got));
      for (std::size_t from = 0; from + kWindow <= text.size(); from += kWindow) {
        for (const std::size_t width : {1, 4}) {
          for (const char* place : detail::FindInChunk(chunk, text, from, kWindow, width)) {
            const std::uintptr_t address = at + static_cast<std::uintptr_t>(place - buffer.data());
            if (pid == "self" && address >= own && address < own + kChunk) continue;  // our own copy of what was found
            std::ostringstream where;
            where << "characters " << from << " to " << from + kWindow - 1 << " at " << std::hex << address << ", "
                  << mapping.line;
            found.push_back(where.str());
          }
        }
      }
    }
  }
  std::fill(buffer.begin(), buffer.end(), 0);
  return found;
}

}  // namespace zoobar
