// The part of app that serves the account page, with the member's sessions and password.
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {

App::Answered App::Account(WebRequest& web) {
  if (web.token.empty()) co_return ToLogin(web);
  if (!web.posted()) co_return co_await ShowAccount(web, "", "");
  if (web.form.Has("password_submit")) co_return co_await ChangePassword(web);
  LogoutRequest request;
  if (web.form.Has("end_every_session")) {
    request.set_which(LogoutRequest::WHICH_EVERY);
  } else if (web.form.Has("end_session")) {
    request.set_which(LogoutRequest::WHICH_ONE);
    request.set_session(FromHex(web.form.Get("end_session")));
  } else {
    co_return co_await ShowAccount(web, "No action chosen.", "");
  }
  auto ending = EndSessions(web, std::move(request));
  co_return co_await ending;
}

App::Answered App::EndSessions(WebRequest& web, LogoutRequest request) {
  const bool every = request.which() == LogoutRequest::WHICH_EVERY;
  Bytes secret = PackSecrets({View(web.token)});
  CO_TRY(const auto reply, auth_.Call<LogoutReply>(std::move(request), std::move(secret)));
  if (!reply.message.session()) co_return ToLogin(web);
  if (!every && reply.message.ended() == 0) {
    co_return co_await ShowAccount(web, "There is no such session. It may already have ended.", "");
  }
  web.acted = true;
  if (!every) co_return co_await ShowAccount(web, "", "The session has ended.");
  Response response = Response::Redirect(303, kLoginPath);
  EndCookie(response, web, kSessionCookie);
  co_return response;
}

App::Answered App::ChangePassword(WebRequest& web) {
  const Bytes now = web.form.Take("password_now"), fresh = web.form.Take("password_new");
  const Bytes again = web.form.Take("password_again");
  if (fresh != again) co_return co_await ShowAccount(web, "The new passwords differ. Enter the same one twice.", "");
  ChangePasswordRequest request;
  request.set_address(web.http.address.Text());
  request.set_agent(MendUtf8(web.head().Field("user-agent").value_or("").substr(0, 256)));
  Bytes secret = PackSecrets({View(web.token), View(now), View(fresh)});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = Busy(turn);
    const std::string why = WhyNotLoggedIn(busy);
    CO_TRY(Response page, ShowAccount(web, why, ""));
    SetWhyNot(page, busy);
    co_return page;
  }
  CO_TRY(const auto reply, auth_.Call<LoginReply>(std::move(request), std::move(secret)));
  turn.End();
  const LoginReply::Outcome outcome = reply.message.outcome();
  if (outcome == LoginReply::OUTCOME_NO_SESSION) co_return ToLogin(web);
  if (outcome != LoginReply::OUTCOME_OK) {
    const std::string why =
        outcome == LoginReply::OUTCOME_WRONG ? "The current password is wrong." : WhyNotLoggedIn(reply.message);
    CO_TRY(Response page, ShowAccount(web, why, ""));
    SetWhyNot(page, reply.message);
    co_return page;
  }
  CO_TRY(const auto tokens, UnpackSecrets(reply.secret, 1));
  web.token = ToBytes(tokens[0]);
  Result<Response> page = co_await ShowAccount(web, "", "Password changed. You are logged out on all other devices.");
  // The member must get the new session even if the page fails.
  if (!page.ok()) page = Message(200, "Password changed", "You are logged out on all other devices.");
  SetCookies(*page, web, View(web.token), {});
  co_return page;
}

App::Answered App::ShowAccount(WebRequest& web, std::string_view warning, std::string_view notice) {
  CheckRequest who;
  SessionsRequest list;
  Both asked(Check(web, std::move(who)), auth_.Call<SessionsReply>(std::move(list), PackSecrets({View(web.token)})));
  auto [check_result, sessions_result] = co_await asked;
  CO_TRY(const CheckReply check, std::move(check_result));
  CO_TRY(const auto sessions, std::move(sessions_result));
  if (!check.session() || !sessions.message.session()) co_return ToLogin(web);
  AccountPage page;
  page.member = check.name();
  page.warning = warning;
  page.notice = notice;
  page.min_password = password_rules_.min_code_points;
  for (const SessionsReply::Session& one : sessions.message.sessions()) {
    page.sessions.push_back(
        {ToHex(one.id()), one.address(), one.agent(), one.created_ms(), one.last_used_ms(), one.current()});
  }
  Response response = Html(pages_.Render(page), page.member);
  response.policy = Policy::kScript;
  co_return response;
}

}  // namespace zoobar
