// The process that reads one store for a backup. `zoobar ctl backup` runs as root, and what is in a store may come from
// a role that was taken over. So root does not read it: a process for each store does, as the store's user, in the
// store's folder as its root, behind the walls of a role that has a store and no peer.
//
// LMDB lets several processes read one environment. The reader takes a place in the table of readers in lock.mdb, so
// that the pages of its snapshot are not used again while the role goes on writing.
#pragma once

#include <string>

#include "ipc/fd.h"

namespace zoobar::backup {

// What the copier sends, each as a record of format.h. First kReady, then, after it has read one byte from `go`,
// kSnapshot; then kTable and kEntries, and at the end kStoreEnds without a content. Or kFailed, with the reason.
inline constexpr char kReady = 'R', kFailed = 'X';

// Copies the store of the role whose folder (STATE/ROLE) is `folder`. Never returns.
[[noreturn]] void CopyStore(Fd folder, Fd go, Fd out);

}  // namespace zoobar::backup
