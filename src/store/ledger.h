// bank's tables: accounts, the journal, its indices. One environment, of kind "bank", format 1.
//
//   table      key                                                    value
//   accounts   member id, 16 bytes                                    StoredBankAccount
//   journal    entry's number, u64 big-endian, from 1 without gaps    StoredEntry
//   by_member  member id, 16 bytes; entry's number, u64 big-endian    empty
//   acts       act id, 32 bytes                                       entry's number, u64 big-endian
//   spending   member id, 16 bytes; entry's number, u64 big-endian    of the entry: time and zoobars, u64 big-endian
//                                                                     each; recipient's member id, 16 bytes
//   names      name in NFC, 1 to 128 bytes, alone in the key          member id, 16 bytes
//   totals     "totals"                                               StoredTotals
//
// Entries are only added to the journal, never changed. Each entry contains the balances after it, so that a replay
// finds the first entry that is wrong. A payment by a program also contains the visitor and the limits that were
// applied. `spending` has the payments of each member's programs in their order, so that the latest payments can be
// added up from the end.
//
// Invariants, which Verify proves:
// - The balances are the result of the journal.
// - Each entry is found once in by_member for each of its members, once in acts, and once in spending if a program
// paid.
// - No program exceeded its limits.
// - Each account is found by its name.
// - The sum of all balances is the sum that was issued.
//
// Zoobars are whole numbers and never negative. Refusals are values; an Error is about the store itself.
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

// The most zoobars that one account can hold, and that can be issued in all.
inline constexpr std::int64_t kMostZoobars = INT64_MAX;

class Ledger {
 public:
  static constexpr std::size_t kMemberIdSize = 16, kActIdSize = 32;
  // The most that a member's programs pay within any hour, in zoobars, whatever their limits say.
  static constexpr std::uint32_t kMostPerHour = 1000;
  static constexpr std::int64_t kHourMs = 3'600'000;

  // As Environment::Open: blocks, and fails if another process has the environment open. An environment that was made
  // before the table of names existed gets its names here.
  static Result<std::unique_ptr<Ledger>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Opening {
    std::string member, name, act;
    std::int64_t zoobars = 0;  // to mint; not negative
    std::int64_t time_ms = 0;
    std::int64_t deadline = 0;  // as Environment::Write
  };
  struct Opened {
    bool existed = false;  // if true, nothing was minted
    std::int64_t zoobars = 0;
  };
  // Opens the account if the member has none, and mints into it. This happens once per member id, whatever the act is.
  // A name leads to the first account that was opened with it. Precondition here and below: ids have their sizes; a
  // name has 1 to 128 bytes.
  Task<Result<Opened>> OpenAccount(Opening opening);

  // The sender's program pays while `visitor` looks at its page.
  struct ByProgram {
    std::string visitor;  // member id
    std::uint32_t per_hour = 0, per_recipient = 0;
  };
  struct Transfer {
    std::string sender, recipient, act;
    std::int64_t zoobars = 0;
    std::int64_t time_ms = 0;
    std::optional<ByProgram> program = std::nullopt;
    bool past_rate = false;     // the sender has used up the acts that are allowed for now
    std::int64_t deadline = 0;  // as Environment::Write
  };
  struct Judgement {
    enum class Outcome {
      kSent,
      kNotPositive,
      kSelf,
      kNoAccount,         // the sender has none
      kUnknownRecipient,  // the recipient has none
      kOverdraft,
      kOverflow,       // the recipient's balance would not fit
      kActReused,      // the act id belongs to another transfer
      kOverHour,       // all payments of the sender's programs in an hour would exceed the limit
      kOverRecipient,  // their payments to this recipient would exceed the limit
      kTooMany,        // past_rate is set, and the transfer would otherwise be carried out
    };
    Outcome outcome = Outcome::kSent;
    std::int64_t zoobars = 0;   // the sender's balance: after the entry, or the present one if refused
    std::uint64_t entry = 0;    // the number of the entry, if sent
    bool repeated_act = false;  // this act was carried out before, and nothing moved now
  };
  // Checks and carries out the transfer in one transaction. On disk when it returns. An act id moves zoobars at most
  // once. After an Error with no_room it is certain that this act has not moved anything, now or before.
  Task<Result<Judgement>> Send(Transfer transfer);

  // nullopt: no account.
  Result<std::vector<std::optional<std::int64_t>>> Balances(const std::vector<std::string_view>& members);

  struct Holder {
    std::string member;  // empty: no account has this name
    std::int64_t zoobars = 0;
  };
  // Names must be in NFC. The results are in the order of the names.
  Result<std::vector<Holder>> Find(const std::vector<std::string_view>& names);

  struct Line {
    std::uint64_t number = 0;
    std::int64_t time_ms = 0;
    std::string sender, recipient;  // names; sender is empty if the entry opened an account
    std::int64_t zoobars = 0;
    bool by_program = false;
  };
  struct Page {
    std::vector<Line> lines;  // newest first
    bool more = false;
  };
  // The member's entries with numbers below `before` (0: from the newest on), at most `limit` of them.
  Result<Page> Journal(std::string_view member, std::uint64_t before, std::size_t limit);

  struct Audit {
    std::uint64_t accounts = 0, entries = 0;
    std::int64_t issued = 0, held = 0;
    std::vector<std::string> faults;  // as sentences; at most kMaxFaults
    bool sound() const { return faults.empty(); }
  };
  static constexpr std::size_t kMaxFaults = 20;
  // Replays the journal from its beginning and compares everything with the result. All of it is read from one
  // snapshot. Works on libuv's pool and needs memory for one balance per account.
  Task<Result<Audit>> Verify();

 private:
  friend class LedgerReplay;
  static constexpr std::string_view kTotalsKey = "totals";

  explicit Ledger(std::unique_ptr<Environment> environment);

  Status FillNames();
  Result<Opened> OpenIn(WriteTransaction& tx, const Opening& opening) const;
  Result<Judgement> SendIn(WriteTransaction& tx, const Transfer& transfer) const;
  std::optional<Judgement> AnsweredBefore(const ReadTransaction& tx, const Transfer& transfer) const;
  std::optional<Judgement::Outcome> PastLimits(const ReadTransaction& tx, const Transfer& transfer) const;
  static std::string SpendingOf(const StoredEntry& entry);
  std::uint64_t Append(WriteTransaction& tx, const StoredEntry& entry) const;
  std::string NameOf(const ReadTransaction& tx, std::string_view member) const;

  std::unique_ptr<Environment> environment_;
  Table accounts_, journal_, by_member_, acts_, spending_, names_, totals_;
};

}  // namespace zoobar
