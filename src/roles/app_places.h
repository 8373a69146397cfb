// How many connections of clients app serves at once. The dispatchers let no more in together, so that app turns none
// away and every connection has its place by its address's share.
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
