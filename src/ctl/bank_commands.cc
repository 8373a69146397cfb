// The commands for the bank's journal.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/signed_acts.h"
#include "ipc/try.h"
#include "journal/entry.h"
#include "text/utf8.h"

namespace zoobar {
namespace bank_commands {
namespace {

Task<Result<int>> Verify(Conversation& ctl) {
  CO_TRY(const VerifyReply verified, ctl.Ask<VerifyReply>(VerifyBankRequest()));
  ctl.Show(verified, PrintVerified);
  co_return verified.sound() ? kCtlOk : kCtlBad;
}

// Returns what is wrong with the reason of a correction, or an empty text.
std::string WrongReason(std::string_view reason) {
  if (reason.empty()) return "--reason is empty; both members read it, so say why";
  if (reason.size() > journal::kMostNote)
    return fmt::format("--reason has {} bytes; it may have {}", reason.size(), journal::kMostNote);
  return IsUtf8(reason) ? "" : "--reason is not UTF-8";
}

Task<Result<int>> Correct(Conversation& ctl) {
  const std::string reason = ctl.arguments().Text("--reason");
  if (std::string wrong = WrongReason(reason); !wrong.empty()) co_return ctl.Fail(kCtlUsage, std::move(wrong));
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  OperatorAct act;
  act.mutable_correct_entry()->set_entry(ctl.arguments().Number("ENTRY"));
  act.mutable_correct_entry()->set_reason(reason);
  CO_TRY(const OperatorAnswer answer, acts.Ask(ROLE_BANK, std::move(act)));
  ctl.Show(answer.correction(), PrintCorrection);
  co_return kCtlOk;
}

constexpr CommandOption kOfCorrect[] = {
    {.name = "ENTRY",
     .takes = Takes::kNumber,
     .help = "the number of the entry, as `ctl log --money` and a member's statement have it",
     .required = true,
     .least = 1},
    {.name = "--reason",
     .takes = Takes::kText,
     .value = "TEXT",
     .help = "why, for both members: 1 to 200 bytes",
     .required = true},
    kOperatorKeyOption,
};
constexpr Example kVerifyExamples[] = {{"ctl verify", "prints \"sound\", or each fault that was found"}};
constexpr ExitCode kVerifyExits[] = {{kCtlBad, "the balances do not follow from the journal"}};
constexpr Example kCorrectExamples[] = {{"ctl correct 12 --reason=\"Alice paid twice by mistake.\" --yes",
                                         "gives back what entry 12 has moved, and says who got it"}};
constexpr ExitCode kCorrectExits[] = {
    {kCtlBad, "there is no such entry, it cannot be corrected, or the member who would give back holds too little"}};

constexpr Command kCommands[] = {
    {.name = "ctl verify",
     .does = "replay the bank's journal and compare it with the balances",
     .details = "The site goes on meanwhile. With a million entries it takes some seconds.",
     .examples = kVerifyExamples,
     .exits = kVerifyExits,
     .converse = Verify},
    {.name = "ctl correct",
     .does = "give back what an entry of the bank's journal has moved",
     .details =
         "The correction is a new entry. No entry is changed or removed, and both members see the correction and its "
         "reason. A transfer, a payment by a program, an accepted offer and a correction can be corrected, each of "
         "them once. Nothing is done if the member who would give back holds less than the entry has moved.",
     .options = kOfCorrect,
     .examples = kCorrectExamples,
     .exits = kCorrectExits,
     .asks = Asks::kAlways,
     .question = "Give back what entry {ENTRY} has moved?",
     .converse = Correct},
};

}  // namespace
}  // namespace bank_commands

CommandGroup BankCommands() { return {"The bank", bank_commands::kCommands}; }

}  // namespace zoobar
