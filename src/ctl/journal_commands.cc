// The commands for the journal's signed heads, and the check of a statement without a site.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator/statement_commands.h"
#include "text/utf8.h"

namespace zoobar {
namespace journal_commands {
namespace {

Task<Result<int>> Head(Conversation& ctl) {
  JournalHeadRequest request;
  request.set_fresh(true);
  CO_TRY(const CheckpointReply head, ctl.Ask<CheckpointReply>(request));
  if (ctl.json()) {
    ctl.out() << Json(head);
    co_return head.checkpoint().empty() ? kCtlBad : kCtlOk;
  }
  const Status printed = PrintJournalHead(head, ctl.out());  // its lines are what verify-statement reads
  if (!printed.ok()) co_return ctl.Fail(kCtlBad, printed.error().text);
  co_return kCtlOk;
}

Task<Result<int>> Key(Conversation& ctl) {
  CO_TRY(const CheckpointReply head, ctl.Ask<CheckpointReply>(JournalHeadRequest()));
  ctl.Show(head, [](const CheckpointReply& reply, std::ostream& out) { out << Printable(reply.key()) << '\n'; });
  co_return kCtlOk;
}

Task<Result<int>> Proof(Conversation& ctl) {
  const std::uint64_t old_size = ctl.arguments().Number("OLD_SIZE");
  JournalProofRequest request;
  request.mutable_proof()->set_old_size(old_size);
  request.mutable_proof()->set_size(ctl.arguments().Number("SIZE"));
  CO_TRY(const TreeHeadReply proof, ctl.Ask<TreeHeadReply>(request));
  const Status printed = PrintJournalProof(proof, old_size, ctl.out());
  if (!printed.ok()) co_return ctl.Fail(kCtlBad, printed.error().text);
  co_return kCtlOk;
}

int Check(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  return VerifyStatement({.file = arguments.Text("FILE"),
                          .key = arguments.Text("--key"),
                          .older = arguments.Text("--older"),
                          .proof = arguments.Text("--proof")},
                         *invocation.out, *invocation.err);
}

constexpr CommandOption kProofOptions[] = {
    {.name = "OLD_SIZE",
     .takes = Takes::kNumber,
     .help = "how many entries the older head has",
     .required = true,
     .most = std::uint64_t{1} << 62},
    {.name = "SIZE",
     .takes = Takes::kNumber,
     .help = "how many the newer one has; default: the present size",
     .most = std::uint64_t{1} << 62},
};
constexpr CommandOption kCheckOptions[] = {
    {.name = "FILE", .takes = Takes::kFile, .help = "the statement (JSON)", .required = true},
    {.name = "--key", .takes = Takes::kFile, .value = "KEY", .help = "the journal's public key, or a file with it"},
    {.name = "--older",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "an older statement, or an older signed head, which this one must continue"},
    {.name = "--proof",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "a file from zoobar ctl journal proof, if the statement has no proof for --older"},
};
constexpr Example kHeadExamples[] = {{"ctl journal head > head.txt", "keeps the present head, to compare with later"}};
constexpr Example kKeyExamples[] = {{"ctl journal key", "prints the key; publish it outside of the site"}};
constexpr Example kProofExamples[] = {
    {"ctl journal proof 1000 > proof.json", "proves that the journal continues its first 1000 entries"}};
constexpr Example kCheckExamples[] = {
    {"verify-statement zoobar-statement.json --key=KEY", "says what the statement proves, and what not"}};
constexpr ExitCode kHeadExits[] = {{kCtlBad, "nothing has been signed yet"}};
constexpr ExitCode kProofExits[] = {{kCtlBad, "the journal has fewer entries"}};
constexpr ExitCode kCheckExits[] = {
    {kCtlBad, "the statement is not sound, or does not continue the older one"},
    {kCtlUsage, "a file or the key cannot be read, or the proof for --older is missing"},
};

constexpr Command kOnSite[] = {
    {.name = "ctl journal head",
     .does = "sign the head of the journal, and print it",
     .details = "The head is signed by the role notary, and only if it continues the one before (docs/journal.md).",
     .examples = kHeadExamples,
     .exits = kHeadExits,
     .converse = Head},
    {.name = "ctl journal key",
     .does = "print the public key of the journal",
     .details = "With it everybody can check statements and heads of this site.",
     .examples = kKeyExamples,
     .converse = Key},
    {.name = "ctl journal proof",
     .does = "print the proof that the journal continues an older size",
     .details = "For `zoobar verify-statement --older`, if the newer statement does not have the proof in it.",
     .options = kProofOptions,
     .examples = kProofExamples,
     .exits = kProofExits,
     .converse = Proof},
};
constexpr Command kOffline[] = {
    {.name = "verify-statement",
     .does = "check a member's statement, without the site",
     .details =
         "Needs neither root nor a site. Without --key it can only check against the key inside the statement, and "
         "says so. docs/journal.md says what a sound statement proves.",
     .options = kCheckOptions,
     .examples = kCheckExamples,
     .exits = kCheckExits,
     .run = Check},
};

}  // namespace
}  // namespace journal_commands

CommandGroup JournalCommands() { return {"The journal's proofs", journal_commands::kOnSite}; }
CommandGroup OfflineJournalCommands() { return {"Statements, without a site", journal_commands::kOffline}; }

}  // namespace zoobar
