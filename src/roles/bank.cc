#include "roles/bank.h"

#include <utility>
#include <vector>

#include "ipc/try.h"
#include "roles/bank/replies.h"
#include "site/queue_counters.h"
#include "site/store_counters.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

static_assert(Ledger::kMostPerHour == kMostSpentPerHour);

constexpr FolderGrant kFolders[] = {{Folder::kStore, "balances and the journal"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "to use its LMDB environment, bank"},
    {Calls::kThreads, "for a thread that commits, so that the loop never waits for the disk, and a pool that verifies"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

// One statement at a time, so that the pool has threads for a verification too.
constexpr FairQueue::Limits kStatements{.slots = 1, .waiting = 256, .waiting_per_principal = 4};
constexpr Milliseconds kExpiryCheck{5000};
constexpr std::uint32_t kOffersToOne = 20, kOffersToOneInAnHour = 5;

ActRate::Limits RateIn(const Config::Bank& config) {
  return {.burst = config.acts_burst(), .per_hour = config.acts_per_hour()};
}

}  // namespace

Bank::Bank(Site& site, std::string folder, RoleClock clock)
    : site_(site),
      clock_(std::move(clock)),
      initial_zoobars_(site.config().bank().initial_zoobars()),
      ledger_(MustHave(Ledger::Open(site.loop(), std::move(folder), site.config().store()))),
      acts_(RateIn(site.config().bank())),
      offers_to_one_({.burst = kOffersToOne, .per_hour = kOffersToOneInAnHour}),
      operator_acts_(ROLE_BANK, site.operator_key(), clock_),
      statements_(site.loop(), kStatements),
      money_log_(site),
      expiry_(site.loop()) {
  if (initial_zoobars_ < 0) Die("bank: initial_zoobars is {}", initial_zoobars_);
  site.service().Handle(&Bank::OpenAccount, this);
  site.service().Handle(&Bank::Balances, this);
  site.service().Handle(&Bank::Transfer, this);
  site.service().Handle(&Bank::Spend, this);
  site.service().Handle(&Bank::Find, this);
  site.service().Handle(&Bank::Journal, this);
  site.service().Handle(&Bank::TreeHead, this);
  site.service().Handle(&Bank::Statement, this);
  site.service().Handle(&Bank::Verify, this);
  site.service().Handle(&Bank::Offer, this);
  site.service().Handle(&Bank::Settle, this);
  site.service().Handle(&Bank::Offers, this);
  site.service().Handle(&Bank::CloseAccount, this);
  site.service().Handle(&Bank::Operate, this);
  site.Count("transfers", [this] { return sent_; });
  site.Count("payments", [this] { return sent_by_programs_; });
  site.Count("payments.past-limits", [this] { return past_limits_; });
  site.Count("acts.past-rate", [this] { return past_rate_; });
  site.Count("acts.members", [this] { return static_cast<std::int64_t>(acts_.members()); });
  site.Count("offers", [this] { return offered_; });
  site.Count("offers.ended", [this] { return settled_; });
  site.Count("tickets.refused", [this] { return refused_tickets_; });
  CountQueue(site, "statements", statements_);
  site.Count("money-log.dropped", [this] { return static_cast<std::int64_t>(money_log_.dropped()); });
  CountStore(site, ledger_->environment());
  Spawn(CompleteTree());
  Spawn(ReturnExpired());
  expiry_.StartEvery(kExpiryCheck, [this] { Spawn(ReturnExpired()); });
}

Task<void> Bank::CompleteTree() {
  Log& log = site_.log();
  const std::int64_t began = MonotonicMicros();
  auto completing = ledger_->CompleteTree();
  const Status completed = co_await completing;
  // If this role is being ended meanwhile, the object may be gone.
  if (!completed.ok()) {
    log.Warning("journal-tree-incomplete", {{"why", completed.error().text}});
    co_return;
  }
  const std::int64_t took_ms = (MonotonicMicros() - began) / 1000;
  if (took_ms > 0) log.Info("journal-tree-complete", {{"ms", std::to_string(took_ms)}});
}

void Bank::Drain(std::function<void()> done) {
  in_flight_.Drain([this, done = std::move(done)] {
    money_log_.Flush();
    done();
  });
}

void Bank::Reload(const Config& config) {
  initial_zoobars_ = config.bank().initial_zoobars();
  acts_.Configure(RateIn(config.bank()), clock_.Steady());
}

Result<TicketBody> Bank::Check(const Caller& from, const Ticket& ticket, std::string_view method,
                               std::string_view digest) {
  Result<TicketBody> body =
      CheckTicket(site_.TicketKeyFor(ROLE_BANK), ticket, ROLE_BANK, method, digest, clock_.Steady());
  if (!body.ok()) NoteRefused(from, method, body.error());
  return body;
}

void Bank::NoteRefused(const Caller& from, std::string_view method, const Error& why) {
  ++refused_tickets_;
  site_.log().Security("ticket-refused", {{"from", RoleName(from.role)}, {"method", method}, {"why", why.text}});
}

Result<TicketBody> Bank::CheckSpending(const Caller& from, const SpendRequest& asked) {
  const auto refuse = [&](Error why) {
    NoteRefused(from, kSpendMethod, why);
    return why;
  };
  if (asked.sequence() > kMaxSequence) return refuse(Error::Of("payment {} of one visit", asked.sequence()));
  if (asked.visitor().size() != kMemberIdSize) return refuse(Error{"the visitor is not a member id"});
  return Check(from, asked.ticket(), kSpendMethod, SpendDigest(asked.visitor(), asked.limits()));
}

// Takes the act out of the sender's bucket before the ledger sees the transfer, so that acts that arrive at the same
// time are all counted. If the bucket is empty, the ledger refuses the act. Only the ledger can do this, because only
// it knows whether the act is a repeated one. Repeated acts are always answered.
Task<Result<TransferReply>> Bank::Move(Ledger::Transfer transfer) {
  const std::string sender = transfer.sender;
  MoneyRequest::Entry line = MoneyLog::LineOf(transfer);
  const bool taken = acts_.Take(sender, clock_.Steady());
  transfer.past_rate |= !taken;
  auto transferred = ledger_->Send(std::move(transfer));
  const Result<Ledger::Judgement> judged = co_await transferred;
  const bool moved = judged.ok() && judged->outcome == Ledger::Judgement::Outcome::kSent && !judged->repeated_act;
  if (taken && !moved) acts_.GiveBack(sender, clock_.Steady());
  if (moved) {
    line.set_entry(judged->entry);
    line.set_sender(judged->sender);
    line.set_recipient(judged->recipient);
    money_log_.Add(std::move(line));
  }
  if (judged.ok()) co_return Answer(*judged, sender);
  if (!judged.error().no_room()) co_return judged.error();
  TransferReply refused;
  refused.set_outcome(TransferReply::OUTCOME_NO_ROOM);
  co_return refused;
}

TransferReply Bank::Answer(const Ledger::Judgement& judged, const std::string& sender) {
  TransferReply reply = ReplyOf(judged);
  if (judged.outcome != Ledger::Judgement::Outcome::kTooMany) return reply;
  ++past_rate_;
  reply.set_retry_after_s(acts_.RetryAfterSeconds(sender, clock_.Steady()));
  reply.set_burst(acts_.limits().burst);
  reply.set_per_hour(acts_.limits().per_hour);
  return reply;
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
                          .time_ms = clock_(),
                          .deadline = call.deadline};
  auto account = Open(std::move(opening));
  const Result<Ledger::Opened> opened = co_await account;
  if (!opened.ok()) {
    if (!opened.error().no_room()) co_return opened.error();
    reply.set_outcome(OpenAccountReply::OUTCOME_NO_ROOM);
    co_return reply;
  }
  reply.set_outcome(opened->existed ? OpenAccountReply::OUTCOME_EXISTS : OpenAccountReply::OUTCOME_OPENED);
  reply.set_zoobars(opened->zoobars);
  co_return reply;
}

Task<Result<Outgoing<BalancesReply>>> Bank::Balances(Incoming<BalancesRequest> call) {
  if (call.message.members_size() > kMaxBalances) co_return Error::Of("more than {} members", kMaxBalances);
  const std::vector<std::string_view> members(call.message.members().begin(), call.message.members().end());
  CO_TRY(const auto balances, ledger_->Balances(members));
  BalancesReply reply;
  for (const std::optional<std::int64_t>& zoobars : balances) {
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
                            .time_ms = clock_(),
                            .deadline = call.deadline};
  CO_TRY(TransferReply moved, Move(std::move(transfer)));
  if (moved.outcome() == TransferReply::OUTCOME_SENT && !moved.repeated_act()) ++sent_;
  co_return moved;
}

Task<Result<Outgoing<TransferReply>>> Bank::Spend(Incoming<SpendRequest> call) {
  InFlight::Call here(in_flight_);
  SpendRequest& asked = call.message;
  TransferReply refused;
  Result<TicketBody> ticket = CheckSpending(call.from, asked);
  if (!ticket.ok()) {
    refused.set_outcome(TransferReply::OUTCOME_TICKET_REFUSED);
    co_return refused;
  }
  if (asked.recipient().size() != kMemberIdSize) {
    refused.set_outcome(TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
    co_return refused;
  }
  Ledger::ByProgram program{.visitor = std::move(*asked.mutable_visitor()),
                            .per_hour = asked.limits().per_hour(),
                            .per_recipient = asked.limits().per_recipient()};
  Ledger::Transfer transfer{.sender = std::move(*ticket->mutable_member()),
                            .recipient = std::move(*asked.mutable_recipient()),
                            .act = PaymentActId(ticket->id(), asked.sequence()),
                            .zoobars = asked.zoobars(),
                            .time_ms = clock_(),
                            .program = std::move(program),
                            .deadline = call.deadline};
  CO_TRY(TransferReply moved, Move(std::move(transfer)));
  const auto outcome = moved.outcome();
  if (outcome == TransferReply::OUTCOME_SENT && !moved.repeated_act()) ++sent_by_programs_;
  past_limits_ += outcome == TransferReply::OUTCOME_OVER_HOUR || outcome == TransferReply::OUTCOME_OVER_RECIPIENT;
  co_return moved;
}

Task<Result<Outgoing<FindReply>>> Bank::Find(Incoming<FindRequest> call) {
  if (call.message.names_size() > kMaxNames) co_return Error::Of("more than {} names", kMaxNames);
  const std::vector<std::string_view> names(call.message.names().begin(), call.message.names().end());
  CO_TRY(std::vector<Ledger::Holder> holders, ledger_->Find(names));
  FindReply reply;
  for (Ledger::Holder& holder : holders) {
    FindReply::Found* found = reply.add_found();
    found->set_member(std::move(holder.member));
    found->set_zoobars(holder.zoobars);
  }
  co_return reply;
}

Task<Result<Outgoing<JournalReply>>> Bank::Journal(Incoming<JournalRequest> call) {
  CO_TRY(JournalReply reply, JournalOf(call.message));
  if (call.from.role == ROLE_PROFILE) {  // programs do not read what members write to each other
    for (JournalReply::Entry& entry : *reply.mutable_entries()) entry.clear_note();
  }
  co_return reply;
}

Result<JournalReply> Bank::JournalOf(const JournalRequest& asked) {
  if (asked.member().size() != kMemberIdSize) return Error::Of("a member id of {} bytes", asked.member().size());
  if (asked.limit() > kMaxJournal) return Error::Of("more than {} entries", kMaxJournal);
  TRY(Ledger::Page page, ledger_->Journal(asked.member(), asked.before(), asked.limit()));
  JournalReply reply;
  for (Ledger::Line& line : page.lines) {
    JournalReply::Entry* entry = reply.add_entries();
    entry->set_number(line.number);
    entry->set_time_ms(line.time_ms);
    entry->set_sender(std::move(line.sender));
    entry->set_recipient(std::move(line.recipient));
    entry->set_zoobars(line.zoobars);
    entry->set_by_program(line.by_program);
    entry->set_kind(line.kind);
    entry->set_about(line.about);
    entry->set_note(line.note);
    entry->set_change(line.change);
    entry->set_balance(line.balance);
  }
  reply.set_more(page.more);
  return reply;
}

Task<Result<Outgoing<TreeHeadReply>>> Bank::TreeHead(Incoming<TreeHeadRequest> call) {
  CO_TRY(const Ledger::Head head, ledger_->TreeHead(call.message.old_size(), call.message.size()));
  TreeHeadReply reply;
  reply.set_size(head.size);
  reply.set_root(head.root.text());
  reply.set_old_root(head.old_root.text());
  for (const journal::Hash& hash : head.proof) reply.add_proof(hash.text());
  co_return reply;
}

Task<Result<Outgoing<StatementReply>>> Bank::Statement(Incoming<StatementRequest> call) {
  InFlight::Call here(in_flight_);
  const StatementRequest& asked = call.message;
  if (asked.member().size() != kMemberIdSize) co_return Error::Of("a member id of {} bytes", asked.member().size());
  const std::uint32_t most = asked.summary() ? kMaxSummary : kMaxStatement;
  if (asked.limit() > most) co_return Error::Of("more than {} entries", most);
  FairQueue::Ask ask;
  ask.principal = asked.member();
  ask.deadline = call.deadline;
  auto waiting = statements_.Wait(std::move(ask));
  const FairQueue::Turn turn = co_await waiting;
  StatementReply reply;
  if (!turn.granted()) {
    reply.set_busy(true);
    co_return reply;
  }
  Ledger::StatementAsk wanted{.member = asked.member(),
                              .size = asked.size(),
                              .before = asked.before(),
                              .limit = asked.limit(),
                              .summary = asked.summary()};
  auto reading = ledger_->Statement(std::move(wanted));
  Result<Ledger::StatementPart> part = co_await reading;
  if (!part.ok()) co_return part.error();
  reply.set_name(std::move(part->name));
  reply.set_more(part->more);
  for (StatementEntry& entry : part->entries) *reply.add_entries() = std::move(entry);
  co_return reply;
}

Task<Result<Outgoing<VerifyReply>>> Bank::Verify(Incoming<VerifyRequest>) {
  if (verifying_) co_return Error{"a verification is already going on"};
  InFlight::Call here(in_flight_);
  verifying_ = true;
  Result<Ledger::Audit> audit = co_await ledger_->Verify();
  verifying_ = false;
  if (!audit.ok() && audit.error().cause == Cause::kBusy) co_return Error{audit.error()};
  VerifyReply reply = ReplyOf(audit);
  for (const std::string& fault : reply.faults()) site_.log().Security("ledger-fault", {{"what", fault}});
  co_return reply;
}

const RoleSpec kBankRole = {
    .role = ROLE_BANK,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<Bank>(site, site.folder(Folder::kStore));
    },
};

}  // namespace zoobar
