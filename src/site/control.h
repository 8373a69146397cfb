// Messages on the control socket between the master and a role. The master sends a protobuf ToRole in each
// SOCK_SEQPACKET packet, with descriptors. The role answers in single bytes (role.h, StateByte).
#pragma once

#include <optional>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "master.pb.h"

namespace zoobar {

// The descriptors with which a role's process starts: 0 and 1 are /dev/null, 2 is its stderr, then these.
inline constexpr int kControlFd = 3;      // the control socket
inline constexpr int kFirstFolderFd = 4;  // the folders for EnterRoot, in order

inline constexpr std::size_t kMaxControlMessage = 128 * 1024;  // fits into a socket buffer

// Returns false when the message was not sent: the socket is full because the role does not read, or the role has
// ended.
bool SendToRole(const Fd& socket, const ToRole& message, const std::vector<int>& fds);

struct FromMaster {
  ToRole message;
  std::vector<Fd> fds;
};
// The next message, or nothing when none has arrived. An Error: the master has ended, or the message is no ToRole.
Result<std::optional<FromMaster>> ReceiveFromMaster(const Fd& socket);

}  // namespace zoobar
