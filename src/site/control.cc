#include "site/control.h"

#include <sys/socket.h>

#include <cerrno>

#include "ipc/descriptors.h"

namespace zoobar {

bool SendToRole(const Fd& socket, const ToRole& message, const std::vector<int>& fds) {
  Bytes bytes;  // a Bytes, because it wipes its memory: a Start message holds keys
  bytes.resize(message.ByteSizeLong());
  if (bytes.size() > kMaxControlMessage) {
    errno = EMSGSIZE;
    return false;
  }
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
  return SendWithDescriptors(socket.get(), bytes, fds, MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
}

Result<std::optional<FromMaster>> ReceiveFromMaster(const Fd& socket) {
  Bytes bytes;
  bytes.resize(kMaxControlMessage);
  FromMaster from;
  const ssize_t count = ReceiveWithDescriptors(socket.get(), bytes, from.fds, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<FromMaster>();
  if (count < 0) return Error::FromErrno("control socket");
  if (count == 0) return Error{"the master has ended"};
  if (!from.message.ParseFromArray(bytes.data(), static_cast<int>(count))) return Error{"a message that is no ToRole"};
  return std::optional<FromMaster>(std::move(from));
}

}  // namespace zoobar
