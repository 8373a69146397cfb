// Role:      echo, the smallest possible service. Copy it to begin a new role.
// Called by: app.
// Calls:     nobody (every role may write to logger).
// Holds:     nothing.
// If compromised: nothing is lost. It can return other text to its caller, and the page escapes that text.
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
