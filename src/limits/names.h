// The limit of a member's name, which credentials enforces and the pages show.
#pragma once

#include <cstddef>

namespace zoobar {

inline constexpr std::size_t kMaxNameBytes = 128;

}  // namespace zoobar
