// The table of all kinds of security events. It says which role may raise each kind, whether the kind is an alarm, and
// from whose share its lines are taken. Only this table decides what is an alarm; a role that sends an event does not.
//
// An alarm is also written to alarms.log. A kind is an alarm only if anonymous clients cannot cause it whenever they
// want. A role can raise only the kinds that name it, so a compromised app cannot use up the room of bank's alarms.
// docs/logs.md lists the kinds for operators.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "options.pb.h"

namespace zoobar {

struct SecurityKind {
  std::string_view event;
  Role raised_by = ROLE_UNSPECIFIED;  // the only role that may raise this kind; ROLE_UNSPECIFIED: any role
  std::string_view subject;           // the key of the field that names the principal: an address, a member, a role
  bool alarm = false;
  std::uint32_t lines = 200;  // lines of each role per minute in security.log; further lines are only counted
  std::uint32_t of_one = 20;  // how many of these lines may be about one principal
  // The same for audit.log, for each hour. Every kind of this table goes to audit.log, also if its lines are not security
  // events. So to seal a new kind of event, add a row.
  std::uint32_t sealed = 60;
  std::uint32_t sealed_of_one = 20;
};

std::span<const SecurityKind> SecurityKinds();

// Returns the kind of an event that the role `from` wrote. Returns nullptr if the event is not in the table, or if this
// role may not raise it.
const SecurityKind* FindSecurityKind(Role from, std::string_view event);

}  // namespace zoobar
