// The part of app that serves the account page, with the member's sessions and passkeys. The forms for a new password and a
// new passkey are on this page too, but they are sent to login.
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/rules.h"
#include "text/ascii.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr std::string_view kPasswordChanged = "Password changed. You are logged out on all other devices.";
constexpr std::string_view kPasswordChangedPasskeysStay =
    "Password changed. You are logged out on all other devices. Your passkeys still work; remove those that you do not "
    "know.";
constexpr std::string_view kPasskeyAdded = "Passkey added. You can log in with it from now on.";

}  // namespace

App::Answered App::Account(WebRequest& web) {
  if (web.token.empty()) co_return ToLogin(web);
  if (!web.posted()) co_return co_await ShowAccount(web, "", "");
  if (web.form.Has("remove_passkey")) co_return co_await RemovePasskey(web);
  LogoutRequest request;
  if (web.form.Has("end_every_session")) {
    request.set_which(LogoutRequest::WHICH_EVERY);
  } else if (web.form.Has("end_session")) {
    request.set_which(LogoutRequest::WHICH_ONE);
    request.set_session(FromHex(web.form.Get("end_session")));
  } else if (web.form.Has("password_submit")) {  // a form of an older page, or of a script
    co_return co_await ShowAccount(web, "The password was not changed. Use the form on this page.", "");
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

App::Answered App::RemovePasskey(WebRequest& web) {
  RemovePasskeyRequest request;
  request.set_id(FromHex(web.form.Get("remove_passkey")));
  Bytes secret = PackSecrets({View(web.token)});
  CO_TRY(const auto reply, auth_.Call<RemovePasskeyReply>(std::move(request), std::move(secret)));
  if (!reply.message.session()) co_return ToLogin(web);
  if (!reply.message.removed()) {
    co_return co_await ShowAccount(web, "There is no such passkey. It may already be removed.", "");
  }
  web.acted = true;
  co_return co_await ShowAccount(web, "", "The passkey was removed. Nobody can log in with it any more.");
}

void App::ShowPasskeys(const WebRequest& web, const PasskeysReply& listed, AccountPage& page) const {
  for (const PasskeysReply::Passkey& one : listed.passkeys()) {
    page.passkeys.push_back({ToHex(one.id()), one.label(), one.created_ms(), one.last_used_ms()});
  }
  if (passkey_origins_.empty()) return;
  const std::string here = (web.http.secure ? "https://" : "http://") + LowerCase(web.head().host());
  page.passkeys_here = std::find(passkey_origins_.begin(), passkey_origins_.end(), here) != passkey_origins_.end();
  page.passkeys_at = passkey_origins_.front();
}

App::Answered App::ShowAccount(WebRequest& web, std::string_view warning, std::string_view notice) {
  CheckRequest who;
  SessionsRequest list;
  Both asked(Check(web, std::move(who)), auth_.Call<SessionsReply>(std::move(list), PackSecrets({View(web.token)})));
  auto [check_result, sessions_result] = co_await asked;
  CO_TRY(const CheckReply check, std::move(check_result));
  CO_TRY(const auto sessions, std::move(sessions_result));
  if (!check.session() || !sessions.message.session()) co_return ToLogin(web);
  PasskeysRequest passkeys;
  CO_TRY(const auto listed, auth_.Call<PasskeysReply>(std::move(passkeys), PackSecrets({View(web.token)})));
  AccountPage page;
  page.member = check.name();
  page.warning = warning;
  // login's redirect after a new password. Another site cannot know the id of the session, so it cannot have made a link
  // that makes this page say so.
  const std::string_view changed = web.query.Get("password_changed_in"), added = web.query.Get("passkey_added_in");
  page.min_password = min_password_;
  for (const SessionsReply::Session& one : sessions.message.sessions()) {
    page.sessions.push_back(
        {ToHex(one.id()), one.address(), one.agent(), one.created_ms(), one.last_used_ms(), one.current()});
    if (!one.current()) continue;
    const bool passkeys_stay = listed.message.passkeys_size() > 0;
    if (changed == page.sessions.back().id) notice = passkeys_stay ? kPasswordChangedPasskeysStay : kPasswordChanged;
    if (added == page.sessions.back().id) notice = kPasskeyAdded;
  }
  ShowPasskeys(web, listed.message, page);
  page.notice = notice;
  Response response = Html(pages_.Render(page), page.member);
  response.policy = Policy::kScript;
  co_return response;
}

}  // namespace zoobar
