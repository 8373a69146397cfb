#include "roles/bank.h"

#include <utility>
#include <vector>

#include "roles/store_counters.h"
#include "roles/ticket.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "balances and the journal"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment bank"},
    {Calls::kThreads, "one thread that commits, so that the loop never waits for the disk; the pool, to verify"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

TransferReply::Outcome OutcomeOf(Ledger::Judgement::Outcome outcome) {
  switch (outcome) {
    case Ledger::Judgement::Outcome::kSent:
      return TransferReply::OUTCOME_SENT;
    case Ledger::Judgement::Outcome::kNotPositive:
      return TransferReply::OUTCOME_NOT_POSITIVE;
    case Ledger::Judgement::Outcome::kSelf:
      return TransferReply::OUTCOME_SELF;
    case Ledger::Judgement::Outcome::kNoAccount:
      return TransferReply::OUTCOME_NO_ACCOUNT;
    case Ledger::Judgement::Outcome::kUnknownRecipient:
      return TransferReply::OUTCOME_UNKNOWN_RECIPIENT;
    case Ledger::Judgement::Outcome::kOverdraft:
      return TransferReply::OUTCOME_OVERDRAFT;
    case Ledger::Judgement::Outcome::kOverflow:
      return TransferReply::OUTCOME_OVERFLOW;
    case Ledger::Judgement::Outcome::kActReused:
      return TransferReply::OUTCOME_ACT_REUSED;
  }
  return TransferReply::OUTCOME_UNSPECIFIED;
}

VerifyReply ReplyOf(const Result<Ledger::Audit>& audit) {
  VerifyReply reply;
  if (!audit.ok()) {
    // The store itself is damaged: that too is a finding.
    reply.add_faults(audit.error().text);
    return reply;
  }
  reply.set_sound(audit->sound());
  reply.set_accounts(audit->accounts);
  reply.set_entries(audit->entries);
  reply.set_issued(audit->issued);
  reply.set_held(audit->held);
  for (const std::string& fault : audit->faults) reply.add_faults(fault);
  return reply;
}

}  // namespace

Bank::Bank(Site& site, std::string folder, std::function<std::int64_t()> clock)
    : site_(site),
      clock_(std::move(clock)),
      initial_zoobars_(site.config().bank().initial_zoobars()),
      ledger_(MustHave(Ledger::Open(site.loop(), std::move(folder), site.config().store()))) {
  if (initial_zoobars_ < 0) Die("bank: initial_zoobars is {}", initial_zoobars_);
  site.service().Handle(&Bank::OpenAccount, this);
  site.service().Handle(&Bank::Balances, this);
  site.service().Handle(&Bank::Transfer, this);
  site.service().Handle(&Bank::Journal, this);
  site.service().Handle(&Bank::Verify, this);
  site.Count("transfers", [this] { return sent_; });
  site.Count("tickets.refused", [this] { return refused_tickets_; });
  CountStore(site, ledger_->environment());
}

Result<TicketBody> Bank::Check(const Caller& from, const Ticket& ticket, std::string_view method,
                               std::string_view digest) {
  Result<TicketBody> body = CheckTicket(site_.TicketKeyFor(ROLE_BANK), ticket, ROLE_BANK, method, digest, clock_());
  if (!body.ok()) {
    ++refused_tickets_;
    site_.log().Security("ticket-refused",
                         {{"from", RoleName(from.role)}, {"method", method}, {"why", body.error().text}});
  }
  return body;
}

Task<Result<Outgoing<OpenAccountReply>>> Bank::OpenAccount(Incoming<OpenAccountRequest> call) {
  InFlight::Call here(in_flight_);
  OpenAccountReply reply;
  Result<TicketBody> ticket = Check(call.from, call.message.ticket(), kOpenAccountMethod, OpenAccountDigest());
  if (!ticket.ok()) {
    reply.set_outcome(OpenAccountReply::OUTCOME_TICKET_REFUSED);
    co_return reply;
  }
  Ledger::Opening opening{.member = std::move(*ticket->mutable_member()),
                          .name = std::move(*ticket->mutable_name()),
                          .act = std::move(*ticket->mutable_id()),
                          .zoobars = initial_zoobars_,
                          .time_ms = clock_()};
  Result<Ledger::Opened> opened = co_await ledger_->OpenAccount(std::move(opening));
  if (!opened.ok()) co_return opened.error();
  reply.set_outcome(opened->existed ? OpenAccountReply::OUTCOME_EXISTS : OpenAccountReply::OUTCOME_OPENED);
  reply.set_zoobars(opened->zoobars);
  co_return reply;
}

Task<Result<Outgoing<BalancesReply>>> Bank::Balances(Incoming<BalancesRequest> call) {
  if (call.message.members_size() > kMaxBalances) co_return Error::Of("more than {} members", kMaxBalances);
  const std::vector<std::string_view> members(call.message.members().begin(), call.message.members().end());
  auto balances = ledger_->Balances(members);
  if (!balances.ok()) co_return balances.error();
  BalancesReply reply;
  for (const std::optional<std::int64_t>& zoobars : *balances) {
    BalancesReply::Balance* balance = reply.add_balances();
    balance->set_found(zoobars.has_value());
    balance->set_zoobars(zoobars.value_or(0));
  }
  co_return reply;
}

Task<Result<Outgoing<TransferReply>>> Bank::Transfer(Incoming<TransferRequest> call) {
  InFlight::Call here(in_flight_);
  TransferRequest& asked = call.message;
  TransferReply reply;
  const std::string digest = TransferDigest(asked.recipient(), asked.zoobars());
  Result<TicketBody> ticket = Check(call.from, asked.ticket(), kTransferMethod, digest);
  if (!ticket.ok()) {
    reply.set_outcome(TransferReply::OUTCOME_TICKET_REFUSED);
    co_return reply;
  }
  if (asked.recipient().size() != kMemberIdSize) {
    reply.set_outcome(TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
    co_return reply;
  }
  Ledger::Transfer transfer{.sender = std::move(*ticket->mutable_member()),
                            .recipient = std::move(*asked.mutable_recipient()),
                            .act = std::move(*ticket->mutable_id()),
                            .zoobars = asked.zoobars(),
                            .time_ms = clock_()};
  Result<Ledger::Judgement> judged = co_await ledger_->Send(std::move(transfer));
  if (!judged.ok()) co_return judged.error();
  if (judged->outcome == Ledger::Judgement::Outcome::kSent && !judged->repeated_act) ++sent_;
  reply.set_outcome(OutcomeOf(judged->outcome));
  reply.set_zoobars(judged->zoobars);
  reply.set_entry(judged->entry);
  reply.set_repeated_act(judged->repeated_act);
  co_return reply;
}

Task<Result<Outgoing<JournalReply>>> Bank::Journal(Incoming<JournalRequest> call) {
  const JournalRequest& asked = call.message;
  if (asked.member().size() != kMemberIdSize) co_return Error::Of("a member id of {} bytes", asked.member().size());
  if (asked.limit() > kMaxJournal) co_return Error::Of("more than {} entries", kMaxJournal);
  Result<Ledger::Page> page = ledger_->Journal(asked.member(), asked.before(), asked.limit());
  if (!page.ok()) co_return page.error();
  JournalReply reply;
  for (Ledger::Line& line : page->lines) {
    JournalReply::Entry* entry = reply.add_entries();
    entry->set_number(line.number);
    entry->set_time_ms(line.time_ms);
    entry->set_sender(std::move(line.sender));
    entry->set_recipient(std::move(line.recipient));
    entry->set_zoobars(line.zoobars);
  }
  reply.set_more(page->more);
  co_return reply;
}

Task<Result<Outgoing<VerifyReply>>> Bank::Verify(Incoming<VerifyRequest>) {
  if (verifying_) co_return Error{"a verification is running already"};
  InFlight::Call here(in_flight_);
  verifying_ = true;
  Result<Ledger::Audit> audit = co_await ledger_->Verify();
  verifying_ = false;
  VerifyReply reply = ReplyOf(audit);
  for (const std::string& fault : reply.faults()) site_.log().Security("ledger-fault", {{"what", fault}});
  co_return reply;
}

const RoleSpec kBankRole = {
    .role = ROLE_BANK,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Bank>(site); },
};

}  // namespace zoobar
