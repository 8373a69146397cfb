// The commands about the journal's proofs: `zoobar verify-statement`, which needs no site, and what `zoobar ctl journal`
// prints. src/journal does the work.
#pragma once

#include <ostream>
#include <string>

#include "bank.pb.h"
#include "notary.pb.h"

namespace zoobar {

struct CtlOptions;

struct VerifyStatementCommand {
  std::string file;   // the statement
  std::string key;    // the public key, or the path of a file with it; empty: the key in the statement
  std::string older;  // the path of an older statement or checkpoint; empty: none
  std::string proof;  // the path of a consistency proof; empty: none
};

// Returns the exit status. 0: the statement is sound. 1: it is not, or the older one does not fit it. 2: a file cannot be
// read, the key is none, or the proof that --older needs is missing.
int VerifyStatement(const VerifyStatementCommand& command, std::ostream& out, std::ostream& err);

// Each prints an answer of the site, and returns the exit status of ctl.
int PrintJournalHead(const CheckpointReply& head, const CtlOptions& options, std::ostream& out, std::ostream& err);
int PrintJournalProof(const TreeHeadReply& reply, const CtlOptions& options, std::ostream& out, std::ostream& err);

}  // namespace zoobar
