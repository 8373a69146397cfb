// Computes for how many client connections there is room, in the roles that serve pages (app, login) and in the
// dispatchers. These roles and `zoobar doctor` use the same numbers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "config.pb.h"
#include "options.pb.h"

namespace zoobar {

// The roles that serve pages: a dispatcher hands connections over to them.
inline constexpr Role kPageRoles[] = {ROLE_APP, ROLE_LOGIN};
// RLIMIT_NOFILE of each of them, as its privileges set it.
inline constexpr std::size_t kPageOpenFiles = 16384;

// Returns how many connections one instance of such a role serves at once. All dispatchers together accept fewer, even
// if all of them are at the same role. So the dispatcher already shares the connections among addresses, and the role
// seldom has to refuse a connection.
//
// open_files: the role's RLIMIT_NOFILE. One eighth of the descriptors is kept free for channels, and for connections
// that were sent to the role and not yet received. If the role could not open more descriptors, it would lose some of
// these connections.
constexpr std::size_t PagePlaces(std::size_t open_files) {
  return std::max<std::size_t>(1, open_files - open_files / 8);
}

// Returns how many descriptors this process may open: `open_files`, or RLIMIT_NOFILE if it is 0.
std::size_t OpenFilesOr(std::size_t open_files);

// How a dispatcher divides the descriptors that it may open.
struct DescriptorPlan {
  std::size_t connections = 0;  // client connections, one descriptor each
  std::size_t files = 0;        // files of the web root that stay open
  std::size_t in_flight = 0;    // duplicates of connections that are being sent to one role that serves pages
  std::size_t loads = 0;        // files that static is opening, up to two descriptors each

  // wanted: the result of ConnectionsWanted. open_files: RLIMIT_NOFILE. Every part is at least 1.
  static DescriptorPlan For(std::size_t wanted, std::size_t open_files);
};

// Returns how many connections each dispatcher may have open. It is the configured number, unless all dispatchers
// together would then have more connections than all instances of app, or of login, can serve. open_files: RLIMIT_NOFILE
// of this process. The limit of those roles is never higher.
std::size_t ConnectionsWanted(const Config& config, std::size_t open_files);

}  // namespace zoobar
