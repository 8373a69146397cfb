// Role:      bank, keeps the members' balances and the journal of all transfers.
// Called by: app (open an account, transfer, balances, journal); profile (pay for a program, find, balances, journal);
//            admin (verify).
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `bank`; the key it shares with auth for tickets.
// If compromised: it can change balances and the journal, and give false replies. It learns who pays whom, but no
//            password and no session. A replay of the journal (`zoobar ctl verify`) shows balances that the journal
//            does not explain.
// Known limits: replay does not notice when journal and balances are both changed in the same way. A spending ticket is
//            valid for its 30 seconds with the limits written in it, even if the owner lowers or removes them
//            meanwhile. Hours are measured by the machine's clock: if it is set forward and back again, earlier
//            payments may no longer count. How fast a member acts is counted in memory, so after a restart everybody
//            has the full burst.
//
// Zoobars move only with a ticket, in which auth confirms that this member asks for exactly this act. The ticket's id
// is the act's id, and it is stored with the entry in the journal. When the same act comes again, the reply is made
// from that entry.
//
// A program pays with the spending ticket of a visit. In it, auth confirms that somebody visits this owner's profile,
// and states the owner's limits. profile passes the ticket on, and chooses the recipient and the amount. The bank adds
// up what the owner's programs paid within the hour in all visits, in the same transaction as the payment.
//
// The journal keeps every act for ever. So the acts of one member, including those of the member's programs, are
// limited: to a burst, and to a number for each hour (Config.Bank). Refused acts do not count, nor do repeated ones.
//
// An act is not begun if its caller has stopped waiting. If the same act comes again, it is carried out, or answered
// from the journal, so it happens once. If the store has no room, the outcome is OUTCOME_NO_ROOM and nothing was moved.
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

  // Opens the store in `folder`, or dies. clock: returns milliseconds since 1970.
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
  // The body of the ticket if it is for this act. A refused ticket is written to the security log.
  Result<TicketBody> Check(const Caller& from, const Ticket& ticket, std::string_view method, std::string_view digest);
  Result<TicketBody> CheckSpending(const Caller& from, const SpendRequest& asked);
  // Carries out the transfer, unless the sender has reached the limit for acts.
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
