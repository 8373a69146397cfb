// The commands for members' programs and for the sandbox that runs them.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "text/calendar.h"
#include "text/utf8.h"

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

void PrintState(const ProgramState& state, std::ostream& out) {
  const std::int64_t now = WallMillis();
  if (state.paused()) {
    out << "paused by the operator\n";
  } else if (state.paused_until_ms() > now) {
    out << fmt::format("paused until {} because of denials\n", IsoTime(state.paused_until_ms()));
  } else {
    out << (state.slowed() ? "slowed because of denials\n" : "runs\n");
  }
}

void PrintUse(const RunUse& use, std::ostream& out) {
  out << fmt::format(
      "last run: {:.1f} ms of {:.0f} ms; memory {:.1f} MB of {:.1f} MB; output {} bytes; {} calls of the API; {}\n",
      static_cast<double>(use.given_us()) / 1000, static_cast<double>(use.given_limit_us()) / 1000,
      static_cast<double>(use.memory_bytes()) / 1e6, static_cast<double>(use.memory_limit()) / 1e6, use.output_bytes(),
      use.calls(), use.has_files() ? "it ended by itself" : "it was stopped");
}

void PrintProfile(const DescribeReply& profile, std::ostream& out) {
  if (profile.kind() == GetReply::KIND_EMPTY) {
    out << "no profile\n";
    return;
  }
  const bool program = profile.kind() == GetReply::KIND_PROGRAM;
  out << fmt::format("{}, {} bytes, saved {}\n", program ? "program" : "HTML", profile.bytes(),
                     IsoTime(profile.saved_ms()));
  if (!program) return;
  PrintState(profile.state(), out);
  out << fmt::format("denials: {}; files: {} with {} bytes\n", profile.denials(), profile.files(),
                     profile.files_bytes());
  if (profile.has_last_run()) {
    PrintUse(profile.last_run(), out);
  } else {
    out << "last run: none since the role profile started\n";
  }
  if (profile.failed_ms() > 0) out << "last failure in a visit: " << IsoTime(profile.failed_ms()) << '\n';
}

Task<Result<int>> ShowProfile(Conversation& ctl) {
  ShowProfileRequest request;
  request.mutable_profile()->set_name(ctl.arguments().Text("NAME"));
  CO_TRY(const DescribeReply profile, ctl.Ask<DescribeReply>(std::move(request)));
  if (!profile.found()) co_return ctl.NoSuchMember();
  ctl.Show(profile, PrintProfile);
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
constexpr Example kShowExamples[] = {{"ctl profile show alice", "says what alice has saved, and whether it runs"}};
constexpr Example kPauseExamples[] = {{"ctl profile pause alice", "shows visitors that alice's program is paused"}};
constexpr Example kResumeExamples[] = {{"ctl profile resume alice", "lets alice's program run again"}};
constexpr Example kDenialsExamples[] = {
    {"ctl profile denials alice", "shows what alice's program tried beyond its walls"}};
constexpr Example kResetExamples[] = {{"ctl reset-sandbox", "ends all runs, and starts a fresh interpreter"}};

constexpr Command kCommands[] = {
    {.name = "ctl profile show",
     .does = "show what is known of a member's profile",
     .details =
         "HTML or program, its size, when it was saved; for a program also whether it may run, its denials, its files "
         "and what its last run used. It does not show what the profile says.",
     .options = kName,
     .examples = kShowExamples,
     .exits = kNoMember,
     .converse = ShowProfile},
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
