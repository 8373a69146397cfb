// app: the account page: sessions and the password.
#include "ipc/secrets.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {

App::Answered App::Account(Visit& visit) {
  if (visit.token.empty()) co_return ToLogin(visit);
  if (!visit.posted()) co_return co_await ShowAccount(visit, "", "");
  if (visit.form.Has("password_submit")) co_return co_await ChangePassword(visit);
  LogoutRequest request;
  if (visit.form.Has("end_every_session")) {
    request.set_which(LogoutRequest::WHICH_EVERY);
  } else if (visit.form.Has("end_session")) {
    request.set_which(LogoutRequest::WHICH_ONE);
    request.set_session(FromHex(visit.form.Get("end_session")));
  } else {
    co_return co_await ShowAccount(visit, "Nothing was asked for.", "");
  }
  co_return co_await EndSessions(visit, std::move(request));
}

App::Answered App::EndSessions(Visit& visit, LogoutRequest request) {
  const bool every = request.which() == LogoutRequest::WHICH_EVERY;
  Bytes secret = PackSecrets({View(visit.token)});
  auto reply = co_await auth_.Call<LogoutReply>(std::move(request), std::move(secret));
  if (!reply.ok()) co_return reply.error();
  if (!reply->message.session()) co_return ToLogin(visit);
  if (!every && reply->message.ended() == 0) {
    co_return co_await ShowAccount(visit, "You have no such session. It may have ended already.", "");
  }
  visit.acted = true;
  if (!every) co_return co_await ShowAccount(visit, "", "The session has ended.");
  Response response = Response::Redirect(303, kLoginPath);
  EndCookie(response, visit, kSessionCookie);
  co_return response;
}

App::Answered App::ChangePassword(Visit& visit) {
  const Bytes now = visit.form.Take("password_now"), fresh = visit.form.Take("password_new");
  const Bytes again = visit.form.Take("password_again");
  if (fresh != again) co_return co_await ShowAccount(visit, "The new passwords differ. Nothing was changed.", "");
  ChangePasswordRequest request;
  request.set_address(visit.request.address.Text());
  request.set_agent(MendUtf8(visit.head().Field("user-agent").value_or("").substr(0, 256)));
  Bytes secret = PackSecrets({View(visit.token), View(now), View(fresh)});
  auto admitting = AdmitLasting(visit, entering_, AddressPrincipal(visit.request.address.Text()));
  FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = Busy(turn);
    Result<Response> page = co_await ShowAccount(visit, WhyNotLoggedIn(busy), "");
    if (page.ok()) SetWhyNot(*page, busy);
    co_return page;
  }
  auto reply = co_await auth_.Call<LoginReply>(std::move(request), std::move(secret));
  turn.End();
  if (!reply.ok()) co_return reply.error();
  const LoginReply::Outcome outcome = reply->message.outcome();
  if (outcome == LoginReply::OUTCOME_NO_SESSION) co_return ToLogin(visit);
  if (outcome != LoginReply::OUTCOME_OK) {
    const std::string why =
        outcome == LoginReply::OUTCOME_WRONG ? "The present password is not right." : WhyNotLoggedIn(reply->message);
    Result<Response> page = co_await ShowAccount(visit, why, "");
    if (page.ok()) SetWhyNot(*page, reply->message);
    co_return page;
  }
  const auto tokens = UnpackSecrets(reply->secret, 1);
  if (!tokens.ok()) co_return tokens.error();
  visit.token = ToBytes((*tokens)[0]);
  Result<Response> page =
      co_await ShowAccount(visit, "", "Your password is changed, and every other session has ended.");
  // The new session must reach its owner whatever the page says.
  if (!page.ok()) page = Message(200, "Your password is changed", "Every other session has ended.");
  SetCookies(*page, visit, View(visit.token), {});
  co_return page;
}

App::Answered App::ShowAccount(Visit& visit, std::string_view warning, std::string_view notice) {
  CheckRequest who;
  SessionsRequest list;
  Both asked(Check(visit, std::move(who)),
             auth_.Call<SessionsReply>(std::move(list), PackSecrets({View(visit.token)})));
  auto [check, sessions] = co_await asked;
  if (!check.ok()) co_return check.error();
  if (!sessions.ok()) co_return sessions.error();
  if (!check->session() || !sessions->message.session()) co_return ToLogin(visit);
  AccountPage page;
  page.member = check->name();
  page.warning = warning;
  page.notice = notice;
  page.min_password = min_password_;
  for (const SessionsReply::Session& one : sessions->message.sessions()) {
    page.sessions.push_back(
        {ToHex(one.id()), one.address(), one.agent(), one.created_ms(), one.last_used_ms(), one.current()});
  }
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
