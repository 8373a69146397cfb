// The kinds of security event there are: who may raise each, whether it is an alarm, and whose share its lines come
// from. logger decides by this table; a role's word that something is an alarm counts for nothing.
//
// An alarm goes to alarms.log as well. Only what no anonymous client can cause at will is one. A role can raise the
// alarms of its own kinds alone: a taken app cannot fill the room of bank's. docs/logs.md lists the kinds for readers.
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
  std::uint32_t lines = 200;  // in security.log, of this role and kind, a minute; the rest is counted
  std::uint32_t of_one = 20;  // of these, of one principal
};

std::span<const SecurityKind> SecurityKinds();

// The kind of an event that `from` wrote; nullptr when there is none, or none that this role may raise.
const SecurityKind* FindSecurityKind(Role from, std::string_view event);

}  // namespace zoobar
