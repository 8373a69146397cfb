// Role:      bank, the members' balances and the journal of every zoobar that moved.
// Called by: app (open an account, transfer, balances, journal); profile (pay for a program, find, balances, journal);
//            admin (verify).
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `bank`; the key it shares with auth for tickets.
// If compromised: it can rewrite balances and the journal, and answer falsely. It learns who pays whom, no password and
//            no session. A replay of the journal (`zoobar ctl verify`) shows balances that the journal does not
//            explain.
// Known limits: a role that rewrites both the journal and the balances to agree is not found out by replay. A spending
//            ticket lives out its 30 seconds under the limits it was written with, though the owner lowered or removed
//            them meanwhile. An hour is by the machine's clock: set it forth and back, and what was paid before may
//            count no more. How fast a member acts is counted in memory: after a restart everybody has the whole burst.
//
// Nothing moves without a ticket: auth's word that this member asks for exactly this. The ticket's id is the act's id
// and is kept with the journal's entry, so the same act sent again is answered from its entry.
//
// A program pays by the spending ticket of a visit: auth's word that somebody looks at this owner's profile, and what
// the owner lets programs pay. profile, which passes it on, chooses recipient and amount; what the owner's programs
// paid within the hour is added up here, over all visits, in the transaction that pays.
//
// The journal keeps every act for ever. So a member, with all programs of theirs, has so many acts carried out at once
// and so many an hour (Config.Bank). What is refused, and what is answered from the journal, does not count.
//
// An act whose caller has stopped waiting is not begun. The same act asked for again is carried out, or answered from
// the journal: it happens once. A store that has no room is said so (OUTCOME_NO_ROOM); then nothing moved.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bank.pb.h"
#include "roles/bank/act_rate.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/ledger.h"

namespace zoobar {

class Bank : public RoleBody {
 public:
  static constexpr int kMaxBalances = 100;            // members in one Balances
  static constexpr std::uint32_t kMaxJournal = 100;   // entries in one Journal
  static constexpr int kMaxNames = 100;               // in one Find
  static constexpr std::uint32_t kMaxSequence = 200;  // SpendRequest.sequence

  // Opens the store in `folder`; dies when it cannot. clock: milliseconds since 1970.
  explicit Bank(Site& site, std::string folder = kStoreFolder, std::function<std::int64_t()> clock = WallMillis);

  Task<Result<Outgoing<OpenAccountReply>>> OpenAccount(Incoming<OpenAccountRequest> call);
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call);
  Task<Result<Outgoing<TransferReply>>> Transfer(Incoming<TransferRequest> call);
  Task<Result<Outgoing<TransferReply>>> Spend(Incoming<SpendRequest> call);
  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call);
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call);
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest> call);

  void Reload(const Config& config) override;
  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }

 private:
  // What the ticket says, if it is for this act; a refused one goes to the security log.
  Result<TicketBody> Check(const Caller& from, const Ticket& ticket, std::string_view method, std::string_view digest);
  Result<TicketBody> CheckSpending(const Caller& from, const SpendRequest& asked);
  // Carries it out, within what the sender may do for now.
  Task<Result<TransferReply>> Move(Ledger::Transfer transfer);
  TransferReply Answer(const Ledger::Judgement& judged, const std::string& sender);
  void NoteRefused(const Caller& from, std::string_view method, const Error& why);

  Site& site_;
  const std::function<std::int64_t()> clock_;
  std::int64_t initial_zoobars_;
  std::unique_ptr<Ledger> ledger_;
  ActRate acts_;
  InFlight in_flight_;
  bool verifying_ = false;
  std::int64_t sent_ = 0, sent_by_programs_ = 0, past_limits_ = 0, past_rate_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kBankRole;

}  // namespace zoobar
