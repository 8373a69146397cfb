// How many connections of clients there is room for: app's places, and what the dispatchers may let in. dispatcher, app
// and `zoobar doctor` reckon with the same numbers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "config.pb.h"

namespace zoobar {

// How many files app may open: the limit in its privileges.
inline constexpr std::size_t kAppOpenFiles = 16384;

// How many connections one app serves at once. The dispatchers let fewer in together, so that connections have their
// places by their address's share, and app seldom has to turn one away.
//
// open_files: app's RLIMIT_NOFILE. The other descriptors are for channels, and for connections on their way to app: if
// more were on their way than app may open, app would lose some.
constexpr std::size_t AppPlaces(std::size_t open_files) {
  return std::max<std::size_t>(1, open_files - open_files / 8);
}

// What the descriptors this process may open are spent on.
struct DescriptorPlan {
  std::size_t connections = 0;  // of clients, each one descriptor
  std::size_t files = 0;        // of the web root, kept open
  std::size_t in_flight = 0;    // duplicates on their way to app
  std::size_t loads = 0;        // files being opened by static at once, each up to two descriptors

  // wanted: what ConnectionsWanted says. open_files: RLIMIT_NOFILE. Every part is at least 1.
  static DescriptorPlan For(std::size_t wanted, std::size_t open_files);
};

// How many connections each dispatcher may have open: as many as are configured, but all dispatchers' together no more
// than all of app's instances serve. open_files: RLIMIT_NOFILE; app's own is never higher.
std::size_t ConnectionsWanted(const Config& config, std::size_t open_files);

}  // namespace zoobar
