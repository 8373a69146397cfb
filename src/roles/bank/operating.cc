// bank: opening and closing an account, and what the operator asks about accounts and entries. Each act of the operator
// was signed (site/operator_act.h).
#include <algorithm>
#include <utility>

#include "ipc/bytes.h"
#include "ipc/try.h"
#include "roles/bank.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMaxAccounts = 500;
constexpr int kMaxOpened = 20;

OperatorAnswer Refused(std::string why) {
  OperatorAnswer answer;
  answer.set_refused(std::move(why));
  return answer;
}

}  // namespace

Task<Result<Ledger::Opened>> Bank::Open(Ledger::Opening opening) {
  MoneyRequest::Entry line = MoneyLog::LineOf(opening);
  CO_TRY(const Ledger::Opened opened, ledger_->OpenAccount(std::move(opening)));
  if (!opened.existed) {
    line.set_entry(opened.entry);
    money_log_.Add(std::move(line));
  }
  co_return opened;
}

Task<Result<Outgoing<SealedAnswer>>> Bank::Operate(Incoming<OperateBankRequest> call) {
  InFlight::Call here(in_flight_);
  const Result<OperatorAct> act = operator_acts_.Accept(call.message.act());
  if (!act.ok()) {
    site_.log().Security("operator-act-refused", {{"why", act.error().text}});
    co_return RefuseAct(act.error());
  }
  auto carrying_out = CarryOut(*act, call.deadline);
  CO_TRY(const OperatorAnswer answer, std::move(carrying_out));
  co_return SealAnswer(*act, answer);
}

Task<Result<OperatorAnswer>> Bank::CarryOut(OperatorAct act, std::int64_t deadline) {
  switch (act.what_case()) {
    case OperatorAct::kListAccounts:
      co_return ListOfAccounts(act.list_accounts());
    case OperatorAct::kOpenAccounts: {
      auto opening = OpenFor(std::move(*act.mutable_open_accounts()), deadline);
      co_return co_await opening;
    }
    case OperatorAct::kReadJournal: {
      OperatorAnswer answer;
      CO_TRY(*answer.mutable_journal(), JournalOf(act.read_journal().journal()));
      co_return answer;
    }
    case OperatorAct::kCloseAccount: {
      auto closing = Close(act.close_account().member());
      co_return co_await closing;
    }
    case OperatorAct::kCorrectEntry: {
      auto correcting = Correct(std::move(*act.mutable_correct_entry()));
      co_return co_await correcting;
    }
    default:
      co_return Refused("bank does not know this act");
  }
}

Result<OperatorAnswer> Bank::ListOfAccounts(const ListAccounts& asked) {
  for (const std::string& id : {asked.after(), asked.only()}) {
    if (!id.empty() && id.size() != kMemberIdSize) return Refused("a member id has 16 bytes");
  }
  Ledger::AccountsPage page;
  if (asked.only().empty()) {
    TRY(page, ledger_->Accounts(asked.after(), std::clamp(asked.limit(), 1u, kMaxAccounts)));
  } else {
    TRY(std::optional<StoredBankAccount> account, ledger_->Account(asked.only()));
    if (account) page.accounts.emplace_back(asked.only(), std::move(*account));
  }
  OperatorAnswer answer;
  AccountsAnswer& accounts = *answer.mutable_accounts();
  for (auto& [member, account] : page.accounts) {
    AccountsAnswer::Account& line = *accounts.add_accounts();
    line.set_member(std::move(member));
    line.set_name(account.name());
    line.set_zoobars(account.zoobars());
    line.set_opened_ms(account.opened_ms());
    line.set_closed_ms(account.closed_ms());
  }
  accounts.set_more(page.more);
  return answer;
}

Task<Result<OperatorAnswer>> Bank::OpenFor(OpenAccounts asked, std::int64_t deadline) {
  if (asked.accounts_size() > kMaxOpened) co_return Refused(fmt::format("at most {} accounts in one act", kMaxOpened));
  std::uint32_t opened = 0;
  for (OpenAccounts::Account& each : *asked.mutable_accounts()) {
    if (each.member().size() != kMemberIdSize || each.name().empty() || each.name().size() > kMaxMemberName) {
      co_return Refused("a member id has 16 bytes, and a name has 1 to 128");
    }
    Ledger::Opening opening{.member = std::move(*each.mutable_member()),
                            .name = std::move(*each.mutable_name()),
                            .act = ActId({}, {}),
                            .zoobars = initial_zoobars_,
                            .time_ms = clock_(),
                            .deadline = deadline};
    CO_TRY(const Ledger::Opened account, Open(std::move(opening)));
    if (!account.existed) ++opened;
  }
  OperatorAnswer answer;
  answer.mutable_done()->set_changed(opened > 0);
  answer.mutable_done()->set_count(opened);
  co_return answer;
}

Task<Result<OperatorAnswer>> Bank::Close(std::string member) {
  if (member.size() != kMemberIdSize) co_return Refused("a member id has 16 bytes");
  CO_TRY(const Ledger::Closed closed, ledger_->CloseAccount(member, clock_()));
  OperatorAnswer answer;
  answer.mutable_done()->set_changed(closed.changed);
  if (closed.changed) NoteClosed(member, "operator", closed);
  answer.mutable_done()->set_id(std::move(member));
  co_return answer;
}

Task<Result<OperatorAnswer>> Bank::Correct(CorrectEntry asked) {
  if (asked.reason().empty() || asked.reason().size() > journal::kMostNote)
    co_return Refused(fmt::format("a reason has 1 to {} bytes", journal::kMostNote));
  Ledger::Correction correction{
      .entry = asked.entry(), .reason = std::move(*asked.mutable_reason()), .act = ActId({}, {}), .time_ms = clock_()};
  CO_TRY(Ledger::Corrected corrected, ledger_->Correct(std::move(correction)));
  if (!corrected.refused.empty()) co_return Refused(std::move(corrected.refused));
  money_log_.Add(MoneyLog::LineOf(corrected.entry));
  const StoredEntry& entry = corrected.entry.entry;
  OperatorAnswer answer;
  CorrectionAnswer& made = *answer.mutable_correction();
  made.set_entry(corrected.entry.number);
  made.set_corrects(entry.about());
  made.set_from(entry.sender_name());
  made.set_to(entry.recipient_name());
  made.set_zoobars(entry.zoobars());
  co_return answer;
}

Task<Result<Outgoing<CloseAccountReply>>> Bank::CloseAccount(Incoming<CloseAccountRequest> call) {
  InFlight::Call here(in_flight_);
  CloseAccountReply reply;
  const Result<TicketBody> ticket = Check(call.from, call.message.ticket(), kCloseAccountMethod, CloseAccountDigest());
  reply.set_ticket_refused(!ticket.ok());
  if (!ticket.ok()) co_return reply;
  CO_TRY(const Ledger::Closed closed, ledger_->CloseAccount(ticket->member(), clock_()));
  reply.set_zoobars(closed.zoobars);
  if (closed.changed) NoteClosed(ticket->member(), "member", closed);
  co_return reply;
}

void Bank::NoteClosed(const std::string& member, std::string_view by, const Ledger::Closed& closed) {
  for (const Ledger::Numbered& returned : closed.returned) money_log_.Add(MoneyLog::LineOf(returned));
  site_.log().Security("account-closed",
                       {{"member", ToHex(member)}, {"by", by}, {"zoobars", std::to_string(closed.zoobars)}});
}

}  // namespace zoobar
