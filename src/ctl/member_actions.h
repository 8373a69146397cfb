// What the commands of member_commands.cc do. Their acts are signed with the operator key (signed_acts.h).
#pragma once

#include <string>

#include "ctl/conversation.h"
#include "ctl/signed_acts.h"

namespace zoobar::member_commands {

// Collects what the roles have about a member. with_journal: also all entries of the journal, and the content of files.
Task<Result<MemberExport>> Collect(SignedActs& acts, std::string name, bool with_journal);

// member_reports.cc
Task<Result<int>> List(Conversation& ctl);
Task<Result<int>> ShowOne(Conversation& ctl);
Task<Result<int>> Sessions(Conversation& ctl);
Task<Result<int>> Export(Conversation& ctl);

// member_changes.cc
Task<Result<int>> Add(Conversation& ctl);
Task<Result<int>> ResetPassword(Conversation& ctl);
Task<Result<int>> DrawAnew(Conversation& ctl);
Task<Result<int>> Lock(Conversation& ctl);
Task<Result<int>> Unlock(Conversation& ctl);
Task<Result<int>> Logout(Conversation& ctl);
Task<Result<int>> Delete(Conversation& ctl);

}  // namespace zoobar::member_commands
