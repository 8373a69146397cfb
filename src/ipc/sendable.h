// Checks before a message is sent whether its receiver can take it. A receiver treats a frame that it cannot parse as
// misbehaviour of the sender. With this check only the call fails.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>

#include "ipc/result.h"

namespace zoobar {

// It is an Error, which names the limit or the field, if the body has more than frame::kMaxBody bytes, the secret more
// than frame::kMaxSecret, if there are more than frame::kMaxFds descriptors, or if a `string` field, also of an inner
// message, is not UTF-8.
Status CheckSendable(const google::protobuf::Message& message, std::size_t secret_bytes, std::size_t fds);

}  // namespace zoobar
