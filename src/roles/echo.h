// Role:      echo, the smallest possible service; what a newcomer copies.
// Called by: app.
// Calls:     nobody (every role may write to logger).
// Holds:     nothing.
// If compromised: nothing is lost; it can answer its caller with other text, which the page escapes.
// Known limits: none.
#pragma once

#include "echo.pb.h"
#include "site/role.h"

namespace zoobar {

class Echo : public RoleBody {
 public:
  explicit Echo(Site& site);

  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call);
};

extern const RoleSpec kEchoRole;

}  // namespace zoobar
