// Whether a message can be received, asked before it is sent. A receiver takes a frame it cannot parse for misbehaviour
// of the sender; so the sender finds out first, and only its own call fails.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>

#include "ipc/result.h"

namespace zoobar {

// An Error that names the limit, or the field: a body over frame::kMaxBody bytes, a secret over frame::kMaxSecret, more
// than frame::kMaxFds descriptors, a `string` field (of any message inside) that is not UTF-8.
Status CheckSendable(const google::protobuf::Message& message, std::size_t secret_bytes, std::size_t fds);

}  // namespace zoobar
