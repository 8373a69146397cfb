// The commands about the journal's proofs: `zoobar verify-statement`, which needs no site, and what `zoobar ctl journal`
// prints. src/journal does the work.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "bank.pb.h"
#include "ipc/result.h"
#include "notary.pb.h"

namespace zoobar {

struct VerifyStatementCommand {
  std::string file;   // the statement
  std::string key;    // the public key, or the path of a file with it; empty: the key in the statement
  std::string older;  // the path of an older statement or checkpoint; empty: none
  std::string proof;  // the path of a consistency proof; empty: none
};

// Returns the exit status. 0: the statement is sound. 1: it is not, or the older one does not fit it. 2: a file cannot be
// read, the key is none, or the proof that --older needs is missing.
int VerifyStatement(const VerifyStatementCommand& command, std::ostream& out, std::ostream& err);

// Prints the signed head, as `zoobar verify-statement --older` reads it. Returns an Error if notary sent none, or one with
// another signature.
Status PrintJournalHead(const CheckpointReply& head, std::ostream& out);
// Prints the proof that the journal continues its first `old_size` entries, as `verify-statement --proof` reads it.
// Returns an Error if the journal has fewer entries.
Status PrintJournalProof(const TreeHeadReply& reply, std::uint64_t old_size, std::ostream& out);

}  // namespace zoobar
