// Checks before a message is sent whether its receiver will accept it. A receiver treats a frame that it cannot parse
// as misbehaviour of the sender. With this check, the call fails at the sender instead, and the channel stays open.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>

#include "ipc/result.h"

namespace zoobar {

// Returns an Error, which names the limit or the field, in four cases. The body has more than frame::kMaxBody bytes.
// The secret has more than frame::kMaxSecret bytes. There are more than frame::kMaxFds descriptors. A `string` field,
// also one of an inner message, is not UTF-8.
Status CheckSendable(const google::protobuf::Message& message, std::size_t secret_bytes, std::size_t fds);

}  // namespace zoobar
