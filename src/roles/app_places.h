// How many connections of clients one app serves at once. The dispatchers let fewer in together, so that connections
// have their places by their address's share, and app seldom has to turn one away.
#pragma once

#include <algorithm>
#include <cstddef>

namespace zoobar {

// open_files: app's RLIMIT_NOFILE. The others are for channels, and for connections on their way to app: more must
// never come than may be open, or the receiver would lose some.
constexpr std::size_t AppPlaces(std::size_t open_files) {
  return std::max<std::size_t>(1, open_files - open_files / 8);
}

}  // namespace zoobar
