#include "operator/statement_commands.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "ipc/fd.h"
#include "ipc/try.h"
#include "journal/statement_check.h"
#include "journal/statement_text.h"
#include "operator/ctl_print.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr int kSound = 0, kNotSound = 1, kUsage = 2;

// Reads at most one byte more than a statement may have, whatever kind of file this is.
Result<std::string> ReadBounded(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return Error::FromErrno(path);
  std::string text;
  char piece[64 << 10];
  while (text.size() <= journal::kMostStatementBytes) {
    const ssize_t some = read(file.get(), piece, sizeof piece);
    if (some < 0) return Error::FromErrno(path);
    if (some == 0) return text;
    text.append(piece, static_cast<std::size_t>(some));
  }
  return Error::Of("{}: more than {} bytes", path, journal::kMostStatementBytes);
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<journal::PublicKey> KeyFrom(const std::string& text_or_path) {
  Result<journal::PublicKey> key = journal::PublicKey::Parse(Trimmed(text_or_path));
  if (key.ok() || access(text_or_path.c_str(), F_OK) != 0) return key;
  TRY(const std::string text, ReadBounded(text_or_path));
  key = journal::PublicKey::Parse(Trimmed(text));
  if (!key.ok()) return Error::Of("{}: {}", text_or_path, key.error().text);
  return key;
}

// An older statement, or an older checkpoint.
Result<journal::Older> OlderFrom(const std::string& text) {
  journal::Older older;
  if (!text.starts_with('{')) {
    older.checkpoint = text;
    return older;
  }
  TRY(older.statement, journal::ReadStatement(text));
  older.checkpoint = older.statement->checkpoint();
  return older;
}

// The files that the command names, beside the statement.
Result<journal::CheckAgainst> ReadAgainst(const VerifyStatementCommand& command) {
  journal::CheckAgainst against;
  if (!command.key.empty()) {
    TRY(against.key, KeyFrom(command.key));
  }
  if (!command.proof.empty()) {
    TRY(const std::string text, ReadBounded(command.proof));
    TRY(against.consistency, journal::ReadConsistency(text));
  }
  if (command.older.empty()) return against;
  const Result<std::string> older = ReadBounded(command.older);
  if (!older.ok()) return older.error();
  TRY(against.older, OlderFrom(*older));
  return against;
}

std::string SizeAndTime(const journal::Checkpoint& head) {
  return fmt::format("{} entries, signed {}", head.size, IsoTimeOfSeconds(head.time_s));
}

// Says what was proved, and then what was not.
void PrintChecked(const Statement& statement, const journal::Checked& checked, std::ostream& out) {
  const int entries = statement.entries_size();
  out << "sound: the statement of " << Printable(statement.name()) << '\n'
      << "  journal  " << checked.checkpoint.origin << ", " << SizeAndTime(checked.checkpoint) << '\n';
  if (entries == 0) {
    out << "  entries  none\n";
  } else if (checked.first == 0) {
    out << "  entries  " << entries << ", each in the journal\n";
  } else {
    out << "  entries  " << checked.first << " to " << checked.last
        << " of this member, each in the journal, none missing"
        << (checked.from_the_opening ? ", from the opening of the account\n" : "\n");
  }
  if (entries > 0) out << "  balance  " << checked.before << " before, " << checked.after << " after\n";
  if (checked.key_known) {
    out << "  key      the one that you gave\n";
  } else {
    out << "  key      only the one inside the statement. Whoever forges a statement can put a key into it. Give the "
           "key of the site: --key="
        << checked.key.Text() << '\n';
  }
  if (checked.older) out << "  history  continues the older one, " << SizeAndTime(*checked.older) << '\n';
  out << "not proved:\n";
  if (entries == 0) out << "  that this member has no entries, and the member's name\n";
  if (entries > 0) out << "  that the member has no entry after the last one here\n";
  if (checked.uncounted > 0) {
    out << "  the names in " << checked.uncounted << " entries that are older than the journal's tree\n";
    if (checked.first == 0) out << "  that none of the member's entries is missing\n";
  }
  if (entries > 0 && checked.first != 1) out << "  what was before the first entry here\n";
  if (!checked.older)
    out << "  that the journal shows everybody the same history: compare with an older statement (--older)\n";
}

}  // namespace

int VerifyStatement(const VerifyStatementCommand& command, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](int status, std::string_view why) {
    err << "zoobar verify-statement: " << Printable(why) << '\n';
    return status;
  };
  if (sodium_init() < 0) Die("libsodium does not start");
  const Result<journal::CheckAgainst> against = ReadAgainst(command);
  if (!against.ok()) return fail(kUsage, against.error().text);
  const Result<std::string> text = ReadBounded(command.file);
  if (!text.ok()) return fail(kUsage, text.error().text);
  const Result<Statement> statement = journal::ReadStatement(*text);
  if (!statement.ok()) return fail(kNotSound, "not sound: " + statement.error().text);
  const Result<journal::Checked> checked = journal::CheckStatement(*statement, *against);
  if (!checked.ok() && checked.error().cause == Cause::kGone) return fail(kUsage, checked.error().text);
  if (!checked.ok()) return fail(kNotSound, "not sound: " + checked.error().text);
  PrintChecked(*statement, *checked, out);
  return kSound;
}

Status PrintJournalHead(const CheckpointReply& head, std::ostream& out) {
  if (head.checkpoint().empty()) return Error{"nothing has been signed yet"};
  TRY(const journal::PublicKey key, journal::PublicKey::Parse(head.key()));
  TRY([[maybe_unused]] const journal::Checkpoint opened, journal::OpenCheckpoint(head.checkpoint(), key));
  out << head.checkpoint();
  return {};
}

Status PrintJournalProof(const TreeHeadReply& reply, std::uint64_t old_size, std::ostream& out) {
  if (old_size > reply.size()) return Error::Of("the journal has only {} entries", reply.size());
  ConsistencyProof proof;
  proof.set_old_size(old_size);
  proof.set_size(reply.size());
  proof.set_old_root(reply.old_root());
  *proof.mutable_proof() = reply.proof();
  out << journal::ConsistencyJson(proof);
  return {};
}

}  // namespace zoobar
