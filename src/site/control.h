// Messages on the control socket between the master and a role. The master sends a protobuf ToRole in each
// SOCK_SEQPACKET packet, with descriptors. The role answers in single bytes, or two for a restart (role.h, StateByte).
#pragma once

#include <optional>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "master.pb.h"

namespace zoobar {

// A role's process starts with these descriptors: 0 and 1 are /dev/null, 2 is its stderr, and the rest follow here.
inline constexpr int kControlFd = 3;      // the control socket
inline constexpr int kFirstFolderFd = 4;  // the first folder for EnterRoot; the others follow in order

inline constexpr std::size_t kMaxControlMessage = 128 * 1024;  // fits into a socket buffer
// The configuration goes to each role in one message, which also has names and keys.
inline constexpr std::size_t kMostConfigBytes = kMaxControlMessage - 16 * 1024;

// Returns false and sets errno if the message was not sent. Then the message is too large, the socket is full because the role does
// not read, or the role has ended.
bool SendToRole(const Fd& socket, const ToRole& message, const std::vector<int>& fds);

struct FromMaster {
  ToRole message;
  std::vector<Fd> fds;
};
// Returns the next message, or nullopt if none has arrived. Returns an Error if the master has ended, or if the message
// is not a ToRole.
Result<std::optional<FromMaster>> ReceiveFromMaster(const Fd& socket);

}  // namespace zoobar
