// Messages on the control socket between the master and a role: one protobuf ToRole per SOCK_SEQPACKET packet towards
// the role, with descriptors; single bytes back.
#pragma once

#include <optional>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "master.pb.h"

namespace zoobar {

// Descriptors of a fresh role image: 0 and 1 /dev/null, 2 its stderr, then these.
inline constexpr int kControlFd = 3;      // SOCK_SEQPACKET to the master
inline constexpr int kFirstFolderFd = 4;  // what EnterRoot takes, in order

inline constexpr std::size_t kMaxControlMessage = 128 * 1024;  // a socket buffer holds it whole

// False when the role does not read (its socket is full) or is gone.
bool SendToRole(const Fd& socket, const ToRole& message, const std::vector<int>& fds);

struct FromMaster {
  ToRole message;
  std::vector<Fd> fds;
};
// The next message, or nothing when there is none now. An Error: the master is gone, or the message is no ToRole.
Result<std::optional<FromMaster>> ReceiveFromMaster(const Fd& socket);

}  // namespace zoobar
