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
// The journal is only ever appended to. Each entry notes the balances it left, so that a replay finds the first entry
// that went wrong; a payment by a program also notes who looked and the limits it was judged by. `spending` has the
// payments of each member's programs one after the other: what they paid lately is added up from its end. Invariants,
// which Verify proves: the balances are what the journal makes of nothing; each entry is in by_member once per member
// it touches, in acts once, and in spending if a program paid; no program paid past its limits; each account is found
// by its name; the sum of all balances is what was issued.
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
  // What a member's programs pay within any hour at most, in zoobars, whatever limits they come with.
  static constexpr std::uint32_t kMostPerHour = 1000;
  static constexpr std::int64_t kHourMs = 3'600'000;

  // As Environment::Open: blocks, and fails when another process holds it. An environment made before there was a table
  // of names gets its names here.
  static Result<std::unique_ptr<Ledger>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Opening {
    std::string member, name, act;
    std::int64_t zoobars = 0;  // to mint; not negative
    std::int64_t time_ms = 0;
    std::int64_t deadline = 0;  // as Environment::Write
  };
  struct Opened {
    bool existed = false;  // then nothing was minted
    std::int64_t zoobars = 0;
  };
  // Opens the account if the member has none, and mints into it: once per member id, whatever the act. A name leads to
  // the account that was opened under it first.
  // Precondition, here and below: ids have their sizes; the name has 1 to 128 bytes.
  Task<Result<Opened>> OpenAccount(Opening opening);

  // That the sender's program pays, while `visitor` looks at its profile.
  struct ByProgram {
    std::string visitor;  // member id
    std::uint32_t per_hour = 0, per_recipient = 0;
  };
  struct Transfer {
    std::string sender, recipient, act;
    std::int64_t zoobars = 0;
    std::int64_t time_ms = 0;
    std::optional<ByProgram> program = std::nullopt;
    bool past_rate = false;     // the sender may have no more carried out for now
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
      kOverHour,       // past what the sender's programs may pay within an hour, this and all others together
      kOverRecipient,  // past what they may pay to this recipient
      kTooMany,        // past_rate: it would have been carried out
    };
    Outcome outcome = Outcome::kSent;
    std::int64_t zoobars = 0;   // the sender's balance: after the entry; when refused, now
    std::uint64_t entry = 0;    // its number, when sent
    bool repeated_act = false;  // this act was carried out before: nothing moved now
  };
  // Judged and carried out in one transaction; on disk when this returns. An act id moves zoobars at most once. After
  // an Error with no_room it is certain that this act has moved nothing, now or before.
  Task<Result<Judgement>> Send(Transfer transfer);

  // nullopt: no account.
  Result<std::vector<std::optional<std::int64_t>>> Balances(const std::vector<std::string_view>& members);

  struct Holder {
    std::string member;  // empty: no account has this name
    std::int64_t zoobars = 0;
  };
  // Names in NFC; the answers in their order.
  Result<std::vector<Holder>> Find(const std::vector<std::string_view>& names);

  struct Line {
    std::uint64_t number = 0;
    std::int64_t time_ms = 0;
    std::string sender, recipient;  // names; sender empty where the account was opened
    std::int64_t zoobars = 0;
    bool by_program = false;
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
