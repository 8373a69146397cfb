#include "ipc/secrets.h"

#include <cstdint>

#include "ipc/frame.h"

namespace zoobar {

Bytes PackSecrets(std::initializer_list<std::string_view> pieces) {
  std::size_t total = 0;
  for (std::string_view piece : pieces) total += sizeof(std::uint32_t) + piece.size();
  Bytes packed;
  packed.reserve(total);
  for (std::string_view piece : pieces) {
    char size[sizeof(std::uint32_t)];
    frame::Put32(size, static_cast<std::uint32_t>(piece.size()));
    packed.insert(packed.end(), std::begin(size), std::end(size));
    packed.insert(packed.end(), piece.begin(), piece.end());
  }
  return packed;
}

Result<std::vector<std::string_view>> UnpackSecrets(const Bytes& secret, std::size_t count) {
  std::vector<std::string_view> pieces;
  std::string_view rest = View(secret);
  while (!rest.empty() && pieces.size() < count) {
    if (rest.size() < sizeof(std::uint32_t)) break;
    const std::uint32_t size = frame::Get32(rest.data());
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
