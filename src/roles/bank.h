// Role:      bank, the members' balances and the journal of every zoobar that moved.
// Called by: app (open an account, transfer, balances, journal); profile (balances, journal); admin (verify).
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `bank`; the key it shares with auth for tickets.
// If compromised: it can rewrite balances and the journal, and answer falsely. It learns who pays whom, no password and
//            no session. A replay of the journal (`zoobar ctl verify`) shows balances that the journal does not
//            explain.
// Known limits: a role that rewrites both the journal and the balances to agree is not found out by replay.
//
// Nothing moves without a ticket: auth's word that this member asks for exactly this. The ticket's id is the act's id
// and is kept with the journal's entry, so the same act sent again is answered from its entry.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bank.pb.h"
#include "roles/in_flight.h"
#include "roles/role.h"
#include "store/ledger.h"

namespace zoobar {

class Bank : public RoleBody {
 public:
  static constexpr int kMaxBalances = 100;           // members in one Balances
  static constexpr std::uint32_t kMaxJournal = 100;  // entries in one Journal

  // Opens the store in `folder`; dies when it cannot. clock: milliseconds since 1970.
  explicit Bank(Site& site, std::string folder = kStoreFolder, std::function<std::int64_t()> clock = WallMillis);

  Task<Result<Outgoing<OpenAccountReply>>> OpenAccount(Incoming<OpenAccountRequest> call);
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call);
  Task<Result<Outgoing<TransferReply>>> Transfer(Incoming<TransferRequest> call);
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call);
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }

 private:
  // What the ticket says, if it is for this act; a refused one goes to the security log.
  Result<TicketBody> Check(const Caller& from, const Ticket& ticket, std::string_view method, std::string_view digest);

  Site& site_;
  const std::function<std::int64_t()> clock_;
  const std::int64_t initial_zoobars_;
  std::unique_ptr<Ledger> ledger_;
  InFlight in_flight_;
  bool verifying_ = false;
  std::int64_t sent_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kBankRole;

}  // namespace zoobar
