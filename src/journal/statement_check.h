// The offline check of a member's statement. docs/journal.md says what a sound statement proves, and what it does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/checkpoint.h"
#include "statement.pb.h"

namespace zoobar::journal {

// What somebody kept from earlier: a statement, or a checkpoint alone.
struct Older {
  std::string checkpoint;
  std::optional<Statement> statement;
};

struct CheckAgainst {
  std::optional<PublicKey> key;  // the journal's; nothing: the statement's own key is used, which proves less
  std::optional<Older> older;
  std::optional<ConsistencyProof> consistency;  // beside the one in the statement
};

struct Checked {
  PublicKey key;
  Checkpoint checkpoint;
  bool key_known = false;              // the key came from elsewhere
  std::uint64_t first = 0, last = 0;   // which of the member's entries these are, from 1. 0: this is not known, because
                                       // all of them are older than the tree
  std::int64_t before = 0, after = 0;  // the balances before the first entry and after the last one
  std::size_t uncounted = 0;           // entries that are older than the tree: their names are not proved
  bool from_the_opening = false;       // the first one opened the account
  std::optional<Checkpoint> older = std::nullopt;  // the history goes on from this one
};

// Returns an Error that says what is wrong first. The statement may have any content.
Result<Checked> CheckStatement(const Statement& statement, const CheckAgainst& against);

}  // namespace zoobar::journal
