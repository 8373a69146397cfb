// The store of the role bank: accounts, the journal and its indices. It is one environment of kind "bank", format 3.
//
//   table      key                                                    value
//   accounts   member id, 16 bytes                                    StoredBankAccount
//   journal    entry's number, u64 big-endian, from 1 without gaps    StoredEntry
//   by_member  member id, 16 bytes; entry's number, u64 big-endian    empty
//   acts       act id, 32 bytes                                       entry's number, u64 big-endian
//   spending   member id, 16 bytes; entry's number, u64 big-endian    the entry's time and zoobars, each as u64
//                                                                     big-endian; recipient's member id, 16 bytes
//   names      name in NFC, 1 to 128 bytes, alone in the key          member id, 16 bytes
//   totals     "totals"                                               StoredTotals
//   tree       level, 1 byte; index, u64 big-endian                   hash of a complete subtree (ledger/ledger_tree.h)
//   offers     member id, 16 bytes; offer's number, u64 big-endian    empty
//   expiring   time, ms since 1970; offer's number, u64 each          empty
//   corrected  entry's number, u64 big-endian                         number of its correction
//
// Entries are added to the journal and never changed. Each entry contains the balances after it, so that a replay finds
// the first wrong entry. The entry of a payment by a program also contains the visitor and the limits that were
// applied. `spending` contains the payments by each member's programs in the order of their numbers, so that the latest
// payments can be added up from the end. `offers` and `expiring` contain the open offers: `offers` has one key for each of
// the two members.
//
// Invariants, which Verify checks:
// - A replay of the journal gives the stored balances.
// - by_member has one key for each entry and each of its members. acts has one key for each entry. spending has one key
//   for each entry in which a program paid.
// - No program exceeded its limits.
// - `names` leads from the name of each account to the account.
// - The entries of each member are counted from 1 without gaps, after those that are older than the journal's tree.
// - `tree` has the hashes that the entries give.
// - Each offer ends at most once, as it may end. `offers` and `expiring` have the offers that have not ended.
// - Each correction gives back what one other entry has moved, and each entry is corrected at most once.
// - The sum of all balances, and of what is set aside in open offers, is the sum of all zoobars that were issued.
//
// Zoobars are whole numbers and never negative. If the bank's rules forbid a transfer, Send returns a value that says
// so. An Error means that the store could not do the work.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bank.pb.h"
#include "config.pb.h"
#include "ipc/task.h"
#include "ledger/ledger_tree.h"
#include "limits/offers.h"
#include "statement.pb.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

// The largest number of zoobars that one account can hold, and that can be issued in all.
inline constexpr std::int64_t kMostZoobars = INT64_MAX;

class Ledger {
 public:
  static constexpr std::size_t kMemberIdSize = 16, kActIdSize = 32;
  // The largest number of zoobars that a member's programs can pay within any hour, whatever their limits say.
  static constexpr std::uint32_t kMostPerHour = 1000;
  static constexpr std::int64_t kHourMs = 3'600'000;

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does. If an older zoobar made the environment without the table `names`, fills this table.
  static Result<std::unique_ptr<Ledger>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Opening {
    std::string member, name, act;
    std::int64_t zoobars = 0;  // how many to mint; not negative
    std::int64_t time_ms = 0;
    std::int64_t deadline = 0;  // as Environment::Write
  };
  struct Opened {
    bool existed = false;  // if true, nothing was minted
    std::int64_t zoobars = 0;
    std::uint64_t entry = 0;  // the number of the entry; 0 if nothing was minted
  };
  // Opens an account with newly minted zoobars, unless the member has one already. So zoobars are minted once per
  // member id, even if the act id is a new one. If several accounts are opened with one name, the name leads to the
  // first of them. Precondition of this function and the next ones: ids have their sizes, and a name has 1 to 128
  // bytes.
  Task<Result<Opened>> OpenAccount(Opening opening);

  // Says that the sender's program makes the payment, while the member `visitor` looks at the sender's profile.
  struct ByProgram {
    std::string visitor;  // member id
    std::uint32_t per_hour = 0, per_recipient = 0;
  };
  // Says that the recipient must accept the transfer first. Until then the zoobars are set aside.
  struct AsOffer {
    std::string note;             // at most journal::kMostNote bytes of UTF-8
    std::int64_t expires_ms = 0;  // later than Transfer::time_ms, by at most kLongestOfferMs
  };
  struct Transfer {
    std::string sender, recipient, act;
    std::int64_t zoobars = 0;
    std::int64_t time_ms = 0;
    std::optional<ByProgram> program = std::nullopt;
    std::optional<AsOffer> offer = std::nullopt;  // not together with `program`
    bool past_rate = false;                       // the sender has used up the acts that the bank allows at this time
    std::int64_t deadline = 0;                    // as Environment::Write
  };
  struct Judgement {
    enum class Outcome {
      kSent,
      kNotPositive,
      kSelf,
      kNoAccount,         // the sender has no account, or it is closed
      kUnknownRecipient,  // the recipient has no account, or it is closed
      kOverdraft,
      kOverflow,        // the recipient's balance would exceed kMostZoobars
      kActReused,       // the act id belongs to another transfer
      kOverHour,        // all payments of the sender's programs in an hour would exceed the limit
      kOverRecipient,   // payments of these programs to this recipient would exceed the limit
      kTooMany,         // past_rate is set, and the transfer would otherwise be carried out
      kTooManyMade,     // kMostMade
      kTooManyBetween,  // kMostBetween
      kTooManyGot,      // kMostGot
    };
    Outcome outcome = Outcome::kSent;
    std::int64_t zoobars = 0;                 // the sender's balance after the entry; if refused, the present balance
    std::uint64_t entry = 0;                  // the number of the entry, if sent
    bool repeated_act = false;                // this act was carried out before, and nothing moved now
    std::string sender = {}, recipient = {};  // the members' names, if something was moved now
  };
  // Checks the transfer and carries it out, in one transaction. The entry is on disk when the Task ends. One act id
  // moves zoobars at most once. After an Error with no_room() it is certain that this act has not moved anything, now
  // or before.
  Task<Result<Judgement>> Send(Transfer transfer);

  // Offers (ledger_offers.cc). These are the most open offers that a member has made, that a member has made to one
  // recipient, and that a member has got. If half of kMostGot are open, only one from each further sender is taken. So
  // nobody fills the list of another member alone.
  static constexpr std::int64_t kLongestOfferMs = kMostOfferDays * 24 * kHourMs;
  static constexpr std::uint32_t kMostMade = 20, kMostBetween = 5, kMostGot = 100;
  struct Settlement {
    std::string member, act;
    std::uint64_t offer = 0;  // its number
    OfferEnd end = OFFER_END_UNSPECIFIED;
    std::int64_t time_ms = 0;
    std::int64_t deadline = 0;  // as Environment::Write
  };
  struct Settled {
    SettleReply::Outcome outcome = SettleReply::OUTCOME_ENDED;
    std::int64_t zoobars = 0;   // the member's balance
    std::uint64_t entry = 0;    // the number of the entry
    bool repeated_act = false;  // this act was carried out before, and nothing moved now
    StoredEntry stored = {};    // if the offer was ended: the entry that ends it
  };
  // Ends the offer, if the member may do so. Errors as Send.
  Task<Result<Settled>> Settle(Settlement settlement);
  struct Numbered {
    std::uint64_t number = 0;
    StoredEntry entry;
  };
  // Returns the zoobars of offers that have expired, of at most kMostAtOnce. Returns the new entries.
  static constexpr std::size_t kMostAtOnce = 100;
  Task<Result<std::vector<Numbered>>> ReturnExpired(std::int64_t now_ms);
  // Returns the open offers that the member has made or got, newest first.
  Result<std::vector<Numbered>> Offers(std::string_view member);

  struct Correction {
    std::uint64_t entry = 0;
    std::string reason, act;  // the reason has at most journal::kMostNote bytes of UTF-8
    std::int64_t time_ms = 0;
  };
  struct Corrected {
    std::string refused;  // why nothing was done; empty: it was done
    Numbered entry;
  };
  // Adds an entry that gives back what one entry has moved.
  Task<Result<Corrected>> Correct(Correction correction);

  // Returns the balances in the order of `members`. A member without an account has nullopt.
  Result<std::vector<std::optional<std::int64_t>>> Balances(const std::vector<std::string_view>& members);

  // Functions for the operator (ledger_accounts.cc).
  struct AccountsPage {
    std::vector<std::pair<std::string, StoredBankAccount>> accounts;  // by member id
    bool more = false;
  };
  // Returns at most `limit` accounts, in the order of their member ids, which come after `after`.
  Result<AccountsPage> Accounts(std::string_view after, std::size_t limit);
  Result<std::optional<StoredBankAccount>> Account(std::string_view member);
  struct Closed {
    bool found = false, changed = false;
    std::int64_t zoobars = 0;
    std::vector<Numbered> returned;  // the entries that ended the member's open offers
  };
  // Closes the account. It keeps its balance and its entries, takes no more payments, and Find does not find it. The
  // open offers that the member has made or got are returned.
  Task<Result<Closed>> CloseAccount(std::string member, std::int64_t now_ms);

  struct Holder {
    std::string member;  // empty: no account has this name
    std::int64_t zoobars = 0;
  };
  // Finds the accounts with these names, which must be in NFC. The results are in the order of `names`.
  Result<std::vector<Holder>> Find(const std::vector<std::string_view>& names);

  struct Line {
    std::uint64_t number = 0;
    std::int64_t time_ms = 0;
    std::string sender, recipient;  // members' names; `sender` is empty if the entry opened an account
    std::int64_t zoobars = 0;
    bool by_program = false;
    std::uint32_t kind = 0;  // StoredEntry::Kind
    std::uint64_t about = 0;
    std::string note;
    std::int64_t change = 0, balance = 0;  // of the member's balance by the entry; the member's balance after it
  };
  struct Page {
    std::vector<Line> lines;  // newest first
    bool more = false;
  };
  // Returns at most `limit` of the member's entries, newest first. Their numbers are below `before`. If `before` is 0,
  // begins with the newest entry.
  Result<Page> Journal(std::string_view member, std::uint64_t before, std::size_t limit);

  // The journal's Merkle tree: what it is at one size, and that it continues an older size.
  struct Head {
    std::uint64_t size = 0;
    journal::Hash root, old_root;
    std::vector<journal::Hash> proof;  // from the older size to this one
  };
  // size: 0: the present one. If old_size is larger, there is no proof, and old_root is zero. Returns an Error if `size`
  // is larger than the present one, or if the tree is not complete.
  Result<Head> TreeHead(std::uint64_t old_size, std::uint64_t size);

  struct StatementAsk {
    std::string member;
    std::uint64_t size = 0;    // of the tree to which the proofs lead; newer entries are left out
    std::uint64_t before = 0;  // as for Journal
    std::size_t limit = 0;
    bool summary = false;  // only the oldest entry is wanted, and of it only the number
  };
  struct StatementPart {
    std::string name;                     // the member's name; empty: there is no account
    std::vector<StatementEntry> entries;  // oldest first
    bool more = false;                    // there are older ones
  };
  // Returns entries of the member with their proofs. Runs on libuv's thread pool. Errors as TreeHead.
  Task<Result<StatementPart>> Statement(StatementAsk ask);

  // Adds what is missing in the table `tree`, if an older zoobar wrote the journal. Does so in pieces, between which
  // other writes have their turn. Until it has ended, TreeHead and Statement return an Error. Does nothing if nothing is
  // missing.
  Task<Status> CompleteTree();

  struct Audit {
    std::uint64_t accounts = 0, entries = 0;
    std::int64_t issued = 0, held = 0;
    std::int64_t offered = 0;         // set aside in open offers
    journal::Hash root;               // of the journal's tree, from the entries
    std::vector<std::string> faults;  // each is a sentence; at most kMaxFaults
    bool sound() const { return faults.empty(); }
  };
  static constexpr std::size_t kMaxFaults = 20;
  // Replays the journal from its beginning and compares all tables with the result. Reads everything from one snapshot.
  // Calls CompleteTree before.
  // Runs on libuv's thread pool, and needs memory for one balance per account.
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
  std::optional<Judgement::Outcome> PastOffers(const ReadTransaction& tx, const Transfer& transfer) const;
  Result<Settled> SettleIn(WriteTransaction& tx, const Settlement& settlement) const;
  std::optional<Settled> SettledBefore(const ReadTransaction& tx, const Settlement& settlement) const;
  // Appends the entry that ends this offer, and returns it. `note`: as StoredEntry.note.
  Numbered EndOffer(WriteTransaction& tx, std::uint64_t number, const StoredEntry& offer, StoredEntry::Kind kind,
                    std::string_view note, std::string act, std::int64_t time_ms) const;
  // The numbers of at most kMostAtOnce offers that have expired, as keys.
  std::vector<std::string> Expired(const ReadTransaction& tx, std::int64_t now_ms) const;
  std::vector<Numbered> ReturnOffers(WriteTransaction& tx, const std::vector<std::string>& numbers,
                                     std::string_view note, std::int64_t time_ms) const;
  std::vector<Numbered> OffersIn(const ReadTransaction& tx, std::string_view member) const;
  Result<Corrected> CorrectIn(WriteTransaction& tx, const Correction& correction) const;
  std::uint64_t NextNumber(const ReadTransaction& tx) const;
  // Counts one more entry of the member, and returns which one it is.
  std::uint64_t CountEntry(const ReadTransaction& tx, std::string_view member, StoredBankAccount* account) const;
  void ChangeBalance(const ReadTransaction& tx, std::string_view member, std::int64_t change,
                     StoredBankAccount* account) const;
  // Completes an entry between two members, changes their balances as its kind says, and appends it. The caller has
  // checked that the balances can be changed. Returns its number.
  std::uint64_t AddBetween(WriteTransaction& tx, StoredEntry* entry, StoredBankAccount* sender,
                           StoredBankAccount* recipient) const;
  void Append(WriteTransaction& tx, std::uint64_t number, const StoredEntry& entry) const;
  Result<StatementPart> StatementIn(const ReadTransaction& tx, const StatementAsk& ask) const;
  Status CheckSize(const ReadTransaction& tx, std::uint64_t size) const;
  std::string NameOf(const ReadTransaction& tx, std::string_view member) const;

  std::unique_ptr<Environment> environment_;
  Table accounts_, journal_, by_member_, acts_, spending_, names_, totals_, offers_, expiring_, corrected_;
  LedgerTree tree_;
};

}  // namespace zoobar
