#include "ipc/secrets.h"

#include <cstdint>
#include <cstring>

namespace zoobar {

Bytes PackSecrets(std::initializer_list<std::string_view> pieces) {
  std::size_t total = 0;
  for (std::string_view piece : pieces) total += sizeof(std::uint32_t) + piece.size();
  Bytes packed;
  packed.reserve(total);
  for (std::string_view piece : pieces) {
    const auto size = static_cast<std::uint32_t>(piece.size());
    for (int shift = 0; shift < 32; shift += 8) packed.push_back(static_cast<char>(size >> shift));
    packed.insert(packed.end(), piece.begin(), piece.end());
  }
  return packed;
}

Result<std::vector<std::string_view>> UnpackSecrets(const Bytes& secret, std::size_t count) {
  std::vector<std::string_view> pieces;
  std::string_view rest = View(secret);
  while (!rest.empty() && pieces.size() < count) {
    if (rest.size() < sizeof(std::uint32_t)) break;
    std::uint32_t size = 0;
    for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(rest[static_cast<std::size_t>(i)]);
    rest.remove_prefix(sizeof(std::uint32_t));
    if (size > rest.size())
      return Error::Of("secret piece {} claims {} bytes, {} are left", pieces.size(), size, rest.size());
    pieces.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  if (pieces.size() != count || !rest.empty()) return Error::Of("{} secret pieces expected", count);
  return pieces;
}

}  // namespace zoobar
