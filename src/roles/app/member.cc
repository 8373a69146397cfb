// The part of app with the calls to other roles that several pages make.
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {

Task<Result<CheckReply>> App::Check(WebRequest& web, CheckRequest request) {
  if (web.token.empty()) co_return CheckReply();  // without a token there is no session, so auth need not be asked
  Bytes secret = PackSecrets({View(web.token)});
  CO_TRY(auto reply, auth_.Call<CheckReply>(std::move(request), std::move(secret)));
  co_return std::move(reply.message);
}

Task<Result<std::int64_t>> App::OwnBalance(WebRequest& web, std::string member) {
  BalancesRequest ask;
  ask.add_members(std::move(member));
  CO_TRY(const auto balances, bank_.Call<BalancesReply>(std::move(ask)));
  if (balances.message.balances_size() != 1)
    co_return Error::Of("bank gave {} balances", balances.message.balances_size());
  if (balances.message.balances(0).found()) co_return balances.message.balances(0).zoobars();

  CheckRequest check;
  check.add_acts()->mutable_open_account();
  CO_TRY(CheckReply reply, Check(web, std::move(check)));
  if (!reply.session() || reply.granted_size() != 1) co_return Error::Of("the session ended meanwhile");
  auto opening = OpenAccount(std::move(*reply.mutable_granted(0)->mutable_ticket()));
  co_return co_await opening;
}

Task<Result<std::int64_t>> App::OpenAccount(Ticket ticket) {
  OpenAccountRequest open;
  *open.mutable_ticket() = std::move(ticket);
  CO_TRY(const auto opened, bank_.Call<OpenAccountReply>(std::move(open)));
  const auto outcome = opened.message.outcome();
  if (outcome == OpenAccountReply::OUTCOME_NO_ROOM) {
    co_return Error{"the bank has no room to open an account", Cause::kNoRoom};
  }
  if (outcome != OpenAccountReply::OUTCOME_OPENED && outcome != OpenAccountReply::OUTCOME_EXISTS) {
    co_return Error::Of("bank refused to open an account: {}", OpenAccountReply::Outcome_Name(outcome));
  }
  co_return opened.message.zoobars();
}

Task<Result<GetReply>> App::Profile(std::string member, bool source) {
  GetRequest ask;
  ask.set_member(std::move(member));
  ask.set_source(source);
  CO_TRY(auto reply, profile_.Call<GetReply>(std::move(ask)));
  co_return std::move(reply.message);
}

Task<Result<ShowReply>> App::Look(WebRequest& web, const CheckReply& check) {
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
  web.turn.End();  // the visit may wait long in profile, which has its own queue for runs
  const bool may_pay = granted.has_spending();
  auto showing = profile_.Call<ShowReply>(std::move(show));
  auto reply = co_await showing;
  web.acted = may_pay && (reply.ok() || reply.error().cause != Cause::kBusy);
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Task<Result<JournalReply>> App::Journal(std::string member, std::uint64_t before) {
  JournalRequest ask;
  ask.set_member(std::move(member));
  ask.set_before(before);
  ask.set_limit(kRowsOfJournal);
  CO_TRY(auto reply, bank_.Call<JournalReply>(std::move(ask)));
  co_return std::move(reply.message);
}

}  // namespace zoobar
