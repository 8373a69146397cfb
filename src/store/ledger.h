// bank's tables: accounts, the journal, its indices. One environment, of kind "bank", format 1.
//
//   table      key                                                    value
//   accounts   member id, 16 bytes                                    StoredBankAccount
//   journal    entry's number, u64 big-endian, from 1 without gaps    StoredEntry
//   by_member  member id, 16 bytes; entry's number, u64 big-endian    empty
//   acts       act id, 32 bytes                                       entry's number, u64 big-endian
//   totals     "totals"                                               StoredTotals
//
// The journal is only ever appended to. Each entry notes the balances it left, so that a replay finds the first entry
// that went wrong. Invariants, which Verify proves: the balances are what the journal makes of nothing; each entry is
// in by_member once per member it touches, and in acts once; the sum of all balances is what was issued.
//
// Zoobars are whole and never negative. Refusals are values; an Error is about the store itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config.pb.h"
#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class Ledger {
 public:
  static constexpr std::size_t kMemberIdSize = 16, kActIdSize = 32;

  // As Environment::Open: blocks, and fails when another process holds it.
  static Result<std::unique_ptr<Ledger>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Opening {
    std::string member, name, act;
    std::int64_t zoobars = 0;  // to mint; not negative
    std::int64_t time_ms = 0;
  };
  struct Opened {
    bool existed = false;  // then nothing was minted
    std::int64_t zoobars = 0;
  };
  // Opens the account if the member has none, and mints into it: once per member id, whatever the act.
  // Precondition, here and below: ids have their sizes.
  Task<Result<Opened>> OpenAccount(Opening opening);

  struct Transfer {
    std::string sender, recipient, act;
    std::int64_t zoobars = 0;
    std::int64_t time_ms = 0;
  };
  struct Judgement {
    enum class Outcome {
      kSent,
      kNotPositive,
      kSelf,
      kNoAccount,         // the sender has none
      kUnknownRecipient,  // the recipient has none
      kOverdraft,
      kOverflow,   // the recipient's balance would not fit
      kActReused,  // the act id belongs to another transfer
    };
    Outcome outcome = Outcome::kSent;
    std::int64_t zoobars = 0;   // the sender's balance: after the entry; when refused, now
    std::uint64_t entry = 0;    // its number, when sent
    bool repeated_act = false;  // this act was carried out before: nothing moved now
  };
  // Judged and carried out in one transaction; on disk when this returns. An act id moves zoobars at most once.
  Task<Result<Judgement>> Send(Transfer transfer);

  // nullopt: no account.
  Result<std::vector<std::optional<std::int64_t>>> Balances(const std::vector<std::string_view>& members);

  struct Line {
    std::uint64_t number = 0;
    std::int64_t time_ms = 0;
    std::string sender, recipient;  // names; sender empty where the account was opened
    std::int64_t zoobars = 0;
  };
  struct Page {
    std::vector<Line> lines;  // newest first
    bool more = false;
  };
  // The member's entries with a number below `before` (0: from the newest), at most `limit`.
  Result<Page> Journal(std::string_view member, std::uint64_t before, std::size_t limit);

  struct Audit {
    std::uint64_t accounts = 0, entries = 0;
    std::int64_t issued = 0, held = 0;
    std::vector<std::string> faults;  // in words; at most kMaxFaults
    bool sound() const { return faults.empty(); }
  };
  static constexpr std::size_t kMaxFaults = 20;
  // Replays the journal from its beginning and compares everything with it, as of one moment. On libuv's pool; needs
  // memory for one balance per account.
  Task<Result<Audit>> Verify();

 private:
  friend class LedgerReplay;
  static constexpr std::string_view kTotalsKey = "totals";

  explicit Ledger(std::unique_ptr<Environment> environment);

  Result<Opened> OpenIn(WriteTransaction& tx, const Opening& opening) const;
  Result<Judgement> SendIn(WriteTransaction& tx, const Transfer& transfer) const;
  std::optional<Judgement> AnsweredBefore(const ReadTransaction& tx, const Transfer& transfer) const;
  std::uint64_t Append(WriteTransaction& tx, const StoredEntry& entry) const;
  std::string NameOf(const ReadTransaction& tx, std::string_view member) const;

  std::unique_ptr<Environment> environment_;
  Table accounts_, journal_, by_member_, acts_, totals_;
};

}  // namespace zoobar
