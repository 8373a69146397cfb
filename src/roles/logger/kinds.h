// All kinds of security event: the role that may raise each, whether it is an alarm, and whose share its lines come
// from. logger decides by this table. A role cannot declare an event an alarm.
//
// An alarm goes to alarms.log as well. An event is an alarm only if no anonymous client can cause it at will. A role
// can raise only the alarms of its own kinds, so a taken app cannot use up bank's room. docs/logs.md lists the kinds
// for operators.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "options.pb.h"

namespace zoobar {

struct SecurityKind {
  std::string_view event;
  Role raised_by = ROLE_UNSPECIFIED;  // ROLE_UNSPECIFIED: any role
  std::string_view subject;           // the field whose value names the principal: an address, a member, a role
  bool alarm = false;
  std::uint32_t lines = 200;  // a minute in security.log, for each role; further lines are counted
  std::uint32_t of_one = 20;  // of these, about one principal
};

std::span<const SecurityKind> SecurityKinds();

// The kind of an event that `from` wrote; nullptr if there is no such kind, or this role may not raise it.
const SecurityKind* FindSecurityKind(Role from, std::string_view event);

}  // namespace zoobar
