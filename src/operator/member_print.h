// Prints members and their sessions for a person, as ctl_print.h does.
#pragma once

#include <ostream>

#include "operator.pb.h"

namespace zoobar {

void PrintMembers(const MembersForPeople& list, std::ostream& out);
void PrintSessions(const MemberAnswer& member, std::ostream& out);
// Everything about one member, and the member's sessions.
void PrintMember(const MemberExport& shown, std::ostream& out);

}  // namespace zoobar
