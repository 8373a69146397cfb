// The commands for members' accounts.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"

namespace zoobar {
namespace member_commands {
namespace {

Task<Result<int>> Unlock(Conversation& ctl) {
  const std::string name = ctl.arguments().Text("NAME");
  UnlockMemberRequest request;
  request.mutable_unlock()->set_name(name);
  CO_TRY(const UnlockReply reply, ctl.Ask<UnlockReply>(request));
  if (!reply.found()) co_return ctl.NoSuchMember();
  ctl.Show(reply, [&name](const UnlockReply& unlocked, std::ostream& out) {
    out << Printable(name) << (unlocked.was_locked() ? ": unlocked\n" : ": was not locked\n");
  });
  co_return kCtlOk;
}

constexpr CommandOption kName[] = {
    {.name = "NAME", .takes = Takes::kMember, .help = "the member's name", .required = true},
};
constexpr ExitCode kNoMember[] = {{kCtlBad, "there is no member with this name"}};
constexpr Example kUnlockExamples[] = {{"ctl member unlock alice", "lets alice log in again"}};

constexpr Command kCommands[] = {
    {.name = "ctl member unlock",
     .does = "unlock an account that an alarm has locked",
     .details = "honeychecker locks an account when somebody logs in with one of its honeywords, because that word "
                "almost certainly comes from a stolen copy of the store cred. Find out first who has a copy "
                "(docs/credentials.md).",
     .options = kName,
     .examples = kUnlockExamples,
     .exits = kNoMember,
     .converse = Unlock},
};

}  // namespace
}  // namespace member_commands

CommandGroup MemberCommands() { return {"Members", member_commands::kCommands}; }

}  // namespace zoobar
