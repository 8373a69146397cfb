// The commands for members' programs and for the sandbox that runs them.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"

namespace zoobar {
namespace profile_commands {
namespace {

Task<Result<int>> SetPaused(Conversation& ctl, bool pause) {
  const std::string name = ctl.arguments().Text("NAME");
  PauseProfileRequest request;
  request.mutable_pause()->set_name(name);
  request.mutable_pause()->set_pause(pause);
  CO_TRY(const PauseReply reply, ctl.Ask<PauseReply>(request));
  if (!reply.found()) co_return ctl.NoSuchMember();
  ctl.Say(Printable(name) + (pause ? ": paused" : ": may run again; denials cleared"));
  co_return kCtlOk;
}

Task<Result<int>> Pause(Conversation& ctl) { return SetPaused(ctl, true); }
Task<Result<int>> Resume(Conversation& ctl) { return SetPaused(ctl, false); }

Task<Result<int>> ShowDenials(Conversation& ctl) {
  ProfileDenialsRequest request;
  request.mutable_denials()->set_name(ctl.arguments().Text("NAME"));
  CO_TRY(const DenialsReply denials, ctl.Ask<DenialsReply>(request));
  if (!denials.found()) co_return ctl.NoSuchMember();
  ctl.Show(denials, [](const DenialsReply& reply, std::ostream& out) { PrintDenials(reply, WallMillis(), out); });
  co_return kCtlOk;
}

Task<Result<int>> ResetSandbox(Conversation& ctl) {
  CO_TRY_STATUS(ctl.Done<ResetReply>(ResetSandboxRequest()));
  ctl.Say("Every run was ended; a new interpreter is starting.");
  co_return kCtlOk;
}

constexpr CommandOption kName[] = {
    {.name = "NAME", .takes = Takes::kMember, .help = "the member's name", .required = true},
};
constexpr ExitCode kNoMember[] = {{kCtlBad, "there is no member with this name"}};
constexpr Example kPauseExamples[] = {{"ctl profile pause alice", "shows visitors that alice's program is paused"}};
constexpr Example kResumeExamples[] = {{"ctl profile resume alice", "lets alice's program run again"}};
constexpr Example kDenialsExamples[] = {
    {"ctl profile denials alice", "shows what alice's program tried beyond its walls"}};
constexpr Example kResetExamples[] = {{"ctl reset-sandbox", "ends all runs, and starts a fresh interpreter"}};

constexpr Command kCommands[] = {
    {.name = "ctl profile pause",
     .does = "stop running a member's program",
     .details =
         "Visitors see that the program is paused, and its owner sees that the operator has paused it. A look in "
         "progress goes on to its end.",
     .options = kName,
     .examples = kPauseExamples,
     .exits = kNoMember,
     .asks = Asks::kOnTerminal,
     .question = "Stop running the program of {NAME}?",
     .converse = Pause},
    {.name = "ctl profile resume",
     .does = "let a member's program run again, and clear its denials",
     .details = "Ends a pause by the operator, and one that came from denials.",
     .options = kName,
     .examples = kResumeExamples,
     .exits = kNoMember,
     .converse = Resume},
    {.name = "ctl profile denials",
     .does = "show the system calls that a member's program was denied",
     .details = "Says first whether the program runs, is slowed or is paused.",
     .options = kName,
     .examples = kDenialsExamples,
     .exits = kNoMember,
     .converse = ShowDenials},
    {.name = "ctl reset-sandbox",
     .does = "end every run and start a new interpreter",
     .details = "Everybody who is looking at a program sees that the run was ended; their next look uses the new "
                "interpreter.",
     .examples = kResetExamples,
     .asks = Asks::kOnTerminal,
     .question = "End every run of a program?",
     .converse = ResetSandbox},
};

}  // namespace
}  // namespace profile_commands

CommandGroup ProfileCommands() { return {"Members' programs", profile_commands::kCommands}; }

}  // namespace zoobar
