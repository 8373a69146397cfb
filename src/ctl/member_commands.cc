// The commands for members' accounts.
#include "ctl/commands.h"
#include "ctl/member_actions.h"

namespace zoobar {
namespace member_commands {
namespace {

constexpr CommandOption kNameOption{
    .name = "NAME", .takes = Takes::kMember, .help = "the member's name", .required = true};
constexpr CommandOption kDaysOption{.name = "--days",
                                    .takes = Takes::kNumber,
                                    .value = "DAYS",
                                    .help = "how long the one-time passwords are valid",
                                    .fallback = "14",
                                    .least = 1,
                                    .most = 365};
constexpr CommandOption kOutOption{.name = "--out",
                                   .takes = Takes::kFile,
                                   .value = "FILE",
                                   .help =
                                       "write to this new file, which only its owner can read, and not to the "
                                       "terminal"};

constexpr CommandOption kOfOne[] = {kNameOption, kOperatorKeyOption};
constexpr CommandOption kOfList[] = {
    {.name = "--prefix", .takes = Takes::kText, .value = "TEXT", .help = "only names that start with it"},
    {.name = "--locked", .help = "only accounts that are locked"},
    kOperatorKeyOption,
};
constexpr CommandOption kOfAdd[] = {
    {.name = "NAME", .takes = Takes::kText, .help = "a new member's name", .repeatable = true},
    {.name = "--csv",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "take the names from the first column of this file; a heading \"name\" is skipped"},
    kOutOption,
    kDaysOption,
    kOperatorKeyOption,
};
constexpr CommandOption kOfReset[] = {
    {.name = "NAME", .takes = Takes::kMember, .help = "the member's name", .required = true, .repeatable = true},
    kOutOption,
    kDaysOption,
    kOperatorKeyOption,
};
constexpr CommandOption kOfDrawAnew[] = {
    {.name = "--only-missing",
     .help = "only members whom bank knows and auth does not; the others keep their passwords"},
    kOutOption,
    kDaysOption,
    kOperatorKeyOption,
};
constexpr CommandOption kOfLogout[] = {
    kNameOption,
    {.name = "--session",
     .takes = Takes::kText,
     .value = "ID",
     .help = "only this session, as `member sessions` names it"},
    kOperatorKeyOption,
};
constexpr CommandOption kOfExport[] = {kNameOption, kOutOption, kOperatorKeyOption};

constexpr ExitCode kNoMember[] = {{kCtlBad, "there is no member with this name"}};
constexpr ExitCode kSomeRefused[] = {{kCtlBad, "at least one member got no password; standard error says why"}};

constexpr Example kListExamples[] = {{"ctl member list --locked", "lists the accounts that an alarm has locked"}};
constexpr Example kShowExamples[] = {{"ctl member show alice", "shows alice's account, balance and sessions"}};
constexpr Example kAddExamples[] = {
    {"ctl member add alice", "makes an account, and prints its one-time password"},
    {"ctl member add --csv=class.csv --out=passwords.csv", "makes an account for each row of class.csv"},
};
constexpr Example kResetExamples[] = {{"ctl member reset-password alice", "prints a one-time password for alice"}};
constexpr Example kDrawExamples[] = {
    {"ctl member draw-anew --out=passwords.csv --yes",
     "gives everybody a one-time password, after the store honey was lost"},
    {"ctl member draw-anew --only-missing --out=passwords.csv --yes",
     "makes the accounts anew, after the store cred was lost"},
};
constexpr Example kLockExamples[] = {
    {"ctl member lock mallory", "logs mallory out, and lets nobody log in as mallory"}};
constexpr Example kUnlockExamples[] = {{"ctl member unlock alice", "lets alice log in again"}};
constexpr Example kSessionsExamples[] = {{"ctl member sessions alice", "lists where alice is logged in"}};
constexpr Example kLogoutExamples[] = {{"ctl member logout alice", "ends all sessions of alice"}};
constexpr Example kExportExamples[] = {
    {"ctl member export alice --out=alice.json", "writes all data of alice to a file"}};
constexpr Example kDeleteExamples[] = {{"ctl member delete alice --yes", "closes the account of alice"}};

constexpr Command kCommands[] = {
    {.name = "ctl member list",
     .does = "list the members' accounts",
     .details = "In the order of the names' bytes. Closed accounts are not in the list.",
     .options = kOfList,
     .examples = kListExamples,
     .converse = List},
    {.name = "ctl member show",
     .does = "show a member's account, balance, profile and sessions",
     .details = "The text of the profile is not printed, only its kind and size; --json has it.",
     .options = kOfOne,
     .examples = kShowExamples,
     .exits = kNoMember,
     .converse = ShowOne},
    {.name = "ctl member add",
     .does = "make accounts with one-time passwords",
     .details =
         "Prints a row \"name,password\" for each new member. They log in with it until it expires, and can do nothing "
         "before they choose a password of their own. The passwords are stored nowhere else, and no "
         "role between auth and this command can read them.",
     .options = kOfAdd,
     .examples = kAddExamples,
     .exits = kSomeRefused,
     .converse = Add},
    {.name = "ctl member reset-password",
     .does = "give members new one-time passwords",
     .details =
         "Their old passwords and all their sessions end, and their programs may no longer pay. An account that is "
         "locked stays locked.",
     .options = kOfReset,
     .examples = kResetExamples,
     .exits = kSomeRefused,
     .converse = ResetPassword},
    {.name = "ctl member draw-anew",
     .does = "give everybody a one-time password, after the store of auth or of honeychecker was lost",
     .details =
         "Without honeychecker's store nobody can log in, because nobody knows which stored word is the real one. "
         "Without auth's store there are no accounts, but bank still knows the id and the name of everybody: each "
         "gets an account with the same id, and so keeps balance, journal and profile. Both cases end with a list "
         "of one-time passwords.",
     .options = kOfDrawAnew,
     .examples = kDrawExamples,
     .exits = kSomeRefused,
     .asks = Asks::kAlways,
     .question = "End all passwords and sessions of the site?",
     .converse = DrawAnew},
    {.name = "ctl member lock",
     .does = "lock an account and end its sessions",
     .details = "The member sees that the account is locked when they log in with the right password.",
     .options = kOfOne,
     .examples = kLockExamples,
     .exits = kNoMember,
     .converse = Lock},
    {.name = "ctl member unlock",
     .does = "unlock an account that an alarm or the operator has locked",
     .details = "honeychecker raises an alarm, and auth locks the account, when somebody logs in with one of its "
                "honeywords, because that word almost certainly comes from a stolen copy of the store cred. Find out "
                "first who has a copy (docs/credentials.md).",
     .options = kOfOne,
     .examples = kUnlockExamples,
     .exits = kNoMember,
     .converse = Unlock},
    {.name = "ctl member sessions",
     .does = "list where a member is logged in",
     .details = "The one that was used last comes first.",
     .options = kOfOne,
     .examples = kSessionsExamples,
     .exits = kNoMember,
     .converse = Sessions},
    {.name = "ctl member logout",
     .does = "end a member's sessions",
     .details = "The member can log in again.",
     .options = kOfLogout,
     .examples = kLogoutExamples,
     .exits = kNoMember,
     .converse = Logout},
    {.name = "ctl member export",
     .does = "write all data of a member as JSON",
     .details = "The account, its sessions, the balance, all entries of the journal, the profile and the files of the "
                "member's program. Ids and files are in base64.",
     .options = kOfExport,
     .examples = kExportExamples,
     .exits = kNoMember,
     .converse = Export},
    {.name = "ctl member delete",
     .does = "close an account for ever",
     .details =
         "Nobody can log in to it again, and nobody can take its name. The profile, the program's files, the wall "
         "and the messages are erased. Open offers go back to their senders. The balance stays in the closed account, "
         "which takes no more payments, and the journal keeps its entries, because they are also those of others.",
     .options = kOfOne,
     .examples = kDeleteExamples,
     .exits = kNoMember,
     .asks = Asks::kAlways,
     .question = "Close the account of {NAME} for ever?",
     .converse = Delete},
};

}  // namespace
}  // namespace member_commands

CommandGroup MemberCommands() { return {"Members", member_commands::kCommands}; }

}  // namespace zoobar
