// app: what many pages ask of other roles.
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {

Task<Result<CheckReply>> App::Check(Visit& visit, CheckRequest request) {
  if (visit.token.empty()) co_return CheckReply();  // nobody: auth need not be asked
  Bytes secret = PackSecrets({View(visit.token)});
  auto reply = co_await auth_.Call<CheckReply>(std::move(request), std::move(secret));
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Response App::ToLogin(const Visit& visit) const {
  return Response::Redirect(visit.posted() ? 303 : 302, LoginFor(visit.head()));
}

Task<Result<std::int64_t>> App::OwnBalance(Visit& visit, std::string member) {
  BalancesRequest ask;
  ask.add_members(std::move(member));
  auto balances = co_await bank_.Call<BalancesReply>(std::move(ask));
  if (!balances.ok()) co_return balances.error();
  if (balances->message.balances_size() != 1)
    co_return Error::Of("bank gave {} balances", balances->message.balances_size());
  if (balances->message.balances(0).found()) co_return balances->message.balances(0).zoobars();

  CheckRequest check;
  check.add_acts()->mutable_open_account();
  CO_TRY(CheckReply reply, Check(visit, std::move(check)));
  if (!reply.session() || reply.granted_size() != 1) co_return Error::Of("the session ended meanwhile");
  co_return co_await OpenAccount(std::move(*reply.mutable_granted(0)->mutable_ticket()));
}

Task<Result<std::int64_t>> App::OpenAccount(Ticket ticket) {
  OpenAccountRequest open;
  *open.mutable_ticket() = std::move(ticket);
  auto opened = co_await bank_.Call<OpenAccountReply>(std::move(open));
  if (!opened.ok()) co_return opened.error();
  const auto outcome = opened->message.outcome();
  if (outcome == OpenAccountReply::OUTCOME_NO_ROOM) {
    co_return Error{"the bank has no room to open an account", Cause::kNoRoom};
  }
  if (outcome != OpenAccountReply::OUTCOME_OPENED && outcome != OpenAccountReply::OUTCOME_EXISTS) {
    co_return Error::Of("bank refused to open an account: {}", OpenAccountReply::Outcome_Name(outcome));
  }
  co_return opened->message.zoobars();
}

Task<Result<GetReply>> App::Profile(std::string member, bool source) {
  GetRequest ask;
  ask.set_member(std::move(member));
  ask.set_source(source);
  auto reply = co_await profile_.Call<GetReply>(std::move(ask));
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Task<Result<ShowReply>> App::Look(Visit& visit, const CheckReply& check) {
  if (check.granted_size() == 0) {
    CO_TRY(GetReply profile, Profile(check.found(), false));
    ShowReply kept;
    kept.set_kind(profile.kind());
    kept.set_html(std::move(*profile.mutable_html()));
    kept.set_retry_after_s(profile.retry_after_s());
    co_return kept;
  }
  const CheckReply::Granted& granted = check.granted(0);
  if (granted.outcome() != CheckReply::Granted::OUTCOME_OK) co_return Error{"auth granted no visit"};
  ShowRequest show;
  *show.mutable_ticket() = granted.ticket();
  show.set_owner(granted.owner());
  show.set_owner_name(granted.owner_name());
  if (granted.has_spending()) {
    *show.mutable_spending() = granted.spending();
    *show.mutable_limits() = granted.limits();
  }
  visit.turn.End();  // a program takes its time, and profile has a queue for that
  const bool may_pay = granted.has_spending();
  auto reply = co_await profile_.Call<ShowReply>(std::move(show));
  visit.acted = may_pay && (reply.ok() || reply.error().cause != Cause::kBusy);
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Task<Result<JournalReply>> App::Journal(std::string member, std::uint64_t before) {
  constexpr std::uint32_t kRows = 25;
  JournalRequest ask;
  ask.set_member(std::move(member));
  ask.set_before(before);
  ask.set_limit(kRows);
  auto reply = co_await bank_.Call<JournalReply>(std::move(ask));
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

}  // namespace zoobar
