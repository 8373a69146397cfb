// The commands for the bank's journal.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"

namespace zoobar {
namespace bank_commands {
namespace {

Task<Result<int>> Verify(Conversation& ctl) {
  CO_TRY(const VerifyReply verified, ctl.Ask<VerifyReply>(VerifyBankRequest()));
  ctl.Show(verified, PrintVerified);
  co_return verified.sound() ? kCtlOk : kCtlBad;
}

constexpr Example kVerifyExamples[] = {{"ctl verify", "prints \"sound\", or each fault that was found"}};
constexpr ExitCode kVerifyExits[] = {{kCtlBad, "the balances do not follow from the journal"}};

constexpr Command kCommands[] = {
    {.name = "ctl verify",
     .does = "replay the bank's journal and compare it with the balances",
     .details = "The site goes on meanwhile. With a million entries it takes some seconds.",
     .examples = kVerifyExamples,
     .exits = kVerifyExits,
     .converse = Verify},
};

}  // namespace
}  // namespace bank_commands

CommandGroup BankCommands() { return {"The bank", bank_commands::kCommands}; }

}  // namespace zoobar
