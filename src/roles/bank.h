// Role:      bank, keeps the members' balances and the journal of all transfers.
// Called by: app (open an account, transfer, balances, journal); login (open an account); profile (pay for a program,
//            find, balances, journal); login also closes the account of a member who leaves; notary (heads of the
//            journal's tree); admin (verify, heads, and what the operator has signed).
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `bank`; the key for tickets, which bank shares with auth.
// If compromised: it can change balances and the journal, and give false replies. It learns who pays whom, but no
//            password and no session. A replay of the journal (`zoobar ctl verify`) shows balances that the journal
//            does not explain.
// Known limits: if somebody changes the journal and the balances in the same way, a replay does not notice it. But
//            notary then signs no further head, and everybody who has an older head can prove the change
//            (docs/journal.md). A spending ticket is valid for 30 seconds with the limits that are written in it, even if the owner lowers
//            or removes the limits in that time. Hours are measured by the machine's clock. If the clock is set forward
//            and back again, earlier payments may no longer count. How fast a member acts is counted only in memory. So
//            after a restart, every member may do a full burst of acts again.
//
// Zoobars move only with a ticket. In the ticket, auth confirms that this member asks for exactly this act. The
// ticket's id is the id of the act and is stored with the journal entry. If the same act is sent again, the reply is
// made from that entry.
//
// A program pays with the spending ticket of a visit. In this ticket, auth confirms that somebody visits the profile of
// the program's owner, and states the owner's limits. profile passes the ticket on, and chooses the recipient and the
// amount. In the transaction of the payment, the bank adds up what the owner's programs paid within the last hour, in
// all visits together.
//
// The journal keeps every act for ever. So the acts of a member and of the member's programs are limited, to a burst
// and to a number per hour (Config.Bank). Refused acts and repeated acts do not count.
//
// The bank does not begin an act if its caller has stopped waiting. If the same act is sent again, the bank carries it
// out, or answers from the journal if it was carried out before. So each act happens at most once. After an act is
// committed, the bank tells logger, which writes it to the money log (money_log.h). If the store has no
// room, the outcome is OUTCOME_NO_ROOM and nothing was moved.
//
// A member can offer zoobars, so that the recipient must agree first (docs/offers.md). An offer counts as one act of its
// sender. Ending it is no act, because each offer ends only once. How many offers can be open is limited for each sender,
// for each recipient, and between the two, so that one member cannot fill the list of another. How many a member makes to
// one recipient in an hour is limited too: an offer that is withdrawn costs its sender nothing, but its entries stay in the
// recipient's journal.
//
// The proofs of a statement are computed in the thread pool, for one member after the other. A member who asks again and
// again waits behind the others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bank.pb.h"
#include "ipc/fair_queue.h"
#include "ledger/ledger.h"
#include "roles/bank/act_rate.h"
#include "roles/bank/money_log.h"
#include "site/clock.h"
#include "site/in_flight.h"
#include "site/operator_act.h"
#include "site/role.h"
#include "site/ticket.h"

namespace zoobar {

class Bank : public RoleBody {
 public:
  static constexpr int kMaxBalances = 100;                                // the most members in one BalancesRequest
  static constexpr std::uint32_t kMaxJournal = 100;                       // the most entries in one JournalReply
  static constexpr std::uint32_t kMaxStatement = 100, kMaxSummary = 500;  // the most entries in one StatementRequest
  static constexpr int kMaxNames = 100;                                   // the most names in one FindRequest
  static constexpr std::uint32_t kMaxSequence = 200;                      // the greatest SpendRequest.sequence

  // Opens the store in `folder`. Ends the process if this fails. `clock` returns milliseconds since 1970.
  Bank(Site& site, std::string folder, RoleClock clock = {});

  Task<Result<Outgoing<OpenAccountReply>>> OpenAccount(Incoming<OpenAccountRequest> call);
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call);
  Task<Result<Outgoing<TransferReply>>> Transfer(Incoming<TransferRequest> call);
  Task<Result<Outgoing<TransferReply>>> Spend(Incoming<SpendRequest> call);
  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call);
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call);
  Task<Result<Outgoing<TreeHeadReply>>> TreeHead(Incoming<TreeHeadRequest> call);
  Task<Result<Outgoing<StatementReply>>> Statement(Incoming<StatementRequest> call);
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest> call);
  Task<Result<Outgoing<CloseAccountReply>>> CloseAccount(Incoming<CloseAccountRequest> call);
  // bank/offers.cc
  Task<Result<Outgoing<TransferReply>>> Offer(Incoming<OfferRequest> call);
  Task<Result<Outgoing<SettleReply>>> Settle(Incoming<SettleRequest> call);
  Task<Result<Outgoing<OffersReply>>> Offers(Incoming<OffersRequest> call);
  // Checks the operator's signature, and carries out the act (bank/operating.cc).
  Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateBankRequest> call);

  void Reload(const Config& config) override;
  void Drain(std::function<void()> done) override;

 private:
  // Returns the body of the ticket if the ticket is for this act. Otherwise writes to the security log and returns an
  // Error.
  Result<TicketBody> Check(const Caller& from, const Ticket& ticket, std::string_view method, std::string_view digest);
  Result<TicketBody> CheckSpending(const Caller& from, const SpendRequest& asked);
  // Carries out the transfer, unless the sender has used up the acts that the limits allow.
  Task<Result<TransferReply>> Move(Ledger::Transfer transfer);
  TransferReply Answer(const Ledger::Judgement& judged, const std::string& sender);
  // Opens the account, and writes this to the money log if it is new.
  Task<Result<Ledger::Opened>> Open(Ledger::Opening opening);
  Result<JournalReply> JournalOf(const JournalRequest& asked);
  // bank/operating.cc
  Task<Result<OperatorAnswer>> CarryOut(OperatorAct act, std::int64_t deadline);
  Result<OperatorAnswer> ListOfAccounts(const ListAccounts& asked);
  Task<Result<OperatorAnswer>> OpenFor(OpenAccounts asked, std::int64_t deadline);
  Task<Result<OperatorAnswer>> Close(std::string member);
  Task<Result<OperatorAnswer>> Correct(CorrectEntry asked);
  void NoteClosed(const std::string& member, std::string_view by, const Ledger::Closed& closed);
  // Returns the zoobars of offers that have expired. A timer calls it, because nobody else does.
  Task<void> ReturnExpired();
  // Adds what a journal of an older zoobar lacks.
  Task<void> CompleteTree();
  void NoteRefused(const Caller& from, std::string_view method, const Error& why);

  Site& site_;
  const RoleClock clock_;
  std::int64_t initial_zoobars_;
  std::unique_ptr<Ledger> ledger_;
  ActRate acts_, offers_to_one_;  // the latter by sender and recipient together
  OperatorActs operator_acts_;
  FairQueue statements_;
  MoneyLog money_log_;
  Timer expiry_;
  InFlight in_flight_;
  bool verifying_ = false, expiring_ = false;
  std::int64_t offered_ = 0, settled_ = 0;
  std::int64_t sent_ = 0, sent_by_programs_ = 0, past_limits_ = 0, past_rate_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kBankRole;

}  // namespace zoobar
