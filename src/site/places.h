// How many client connections there is room for: in app, and in the dispatchers. dispatcher, app and `zoobar doctor`
// use the same numbers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "config.pb.h"

namespace zoobar {

// RLIMIT_NOFILE of app, as its privileges set it.
inline constexpr std::size_t kAppOpenFiles = 16384;

// How many connections one instance of app serves at once. All dispatchers together let in fewer. So an address gets
// its places by its share, in the dispatcher, and app seldom has to refuse a connection.
//
// open_files: app's RLIMIT_NOFILE. One eighth of the descriptors is for channels, and for connections that were sent to
// app and not yet received. If there were more of these than app may open, app would lose some.
constexpr std::size_t AppPlaces(std::size_t open_files) {
  return std::max<std::size_t>(1, open_files - open_files / 8);
}

// How a dispatcher divides the descriptors that it may open.
struct DescriptorPlan {
  std::size_t connections = 0;  // client connections, one descriptor each
  std::size_t files = 0;        // files of the web root that stay open
  std::size_t in_flight = 0;    // duplicates of connections that are being sent to app
  std::size_t loads = 0;        // files that static is opening, up to two descriptors each

  // wanted: the result of ConnectionsWanted. open_files: RLIMIT_NOFILE. Every part is at least 1.
  static DescriptorPlan For(std::size_t wanted, std::size_t open_files);
};

// How many connections each dispatcher should have open: the configured number, but all dispatchers together never more
// than all instances of app can serve. open_files: RLIMIT_NOFILE of this process; app's is never higher.
std::size_t ConnectionsWanted(const Config& config, std::size_t open_files);

}  // namespace zoobar
