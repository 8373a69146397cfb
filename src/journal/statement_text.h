// The files that a member's statement is written to: JSON with the proofs, and CSV for spreadsheets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ipc/result.h"
#include "statement.pb.h"

namespace zoobar::journal {

inline constexpr std::string_view kStatementFormat = "zoobar statement 1";
// The most bytes that ReadStatement and ReadConsistency take, and the most entries of a statement.
inline constexpr std::size_t kMostStatementBytes = 32 << 20, kMostStatementEntries = 10'000;

// The mapping of the message is the one of protobuf's JSON (numbers of 64 bits and bytes are strings), but the names are
// those of the fields, and every space is fixed.
std::string StatementJson(const Statement& statement);
std::string ConsistencyJson(const ConsistencyProof& proof);

// Reads what the functions above wrote. Takes any text. A text of another form is an Error, even if it is JSON with the
// same content: two programs could read it in two ways.
Result<Statement> ReadStatement(std::string_view json);
Result<ConsistencyProof> ReadConsistency(std::string_view json);

// RFC 4180, with a heading. A cell that a spreadsheet could take for a formula gets an apostrophe in front: one that
// begins with = + - @, a tab or a carriage return. "received" and "sent" have the change of the member's balance, so both
// are empty for the recipient of an offer. "note" says what an entry is that is no transfer.
std::string StatementCsv(const Statement& statement);

}  // namespace zoobar::journal
