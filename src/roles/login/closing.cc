// The part of login with which members close their accounts.
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/login.h"
#include "roles/login/rules.h"
#include "web/rules.h"

namespace zoobar {

Login::Answered Login::CloseOwn(WebRequest& web) {
  if (web.token.empty()) co_return ToLogin(web);
  auto page = web.posted() ? Close(web) : ShowClose(web, "", {});
  co_return co_await page;
}

Login::Answered Login::ShowClose(WebRequest& web, std::string warning, const LoginReply& refused) {
  CheckRequest who;
  CO_TRY(const auto check, auth_.Call<CheckReply>(std::move(who), PackSecrets({View(web.token)})));
  if (!check.message.session()) co_return ToLogin(web);
  ClosePage page;
  page.member = check.message.name();
  page.warning = warning;
  Response response = Html(pages_.Render(page), page.member);
  SetWhyNot(response, refused);
  co_return response;
}

Task<Result<CloseOwnReply>> Login::AskToClose(WebRequest& web, const Bytes& password, bool finish) {
  CloseOwnRequest request;
  request.set_finish(finish);
  request.set_address(web.http.address.Text());
  CO_TRY(auto reply, auth_.Call<CloseOwnReply>(std::move(request), PackSecrets({View(web.token), View(password)})));
  co_return std::move(reply.message);
}

// The account in auth is closed last. If one of the roles does not answer, the member can send the form again.
Login::Answered Login::Close(WebRequest& web) {
  const Bytes password = web.form.Take("password_now");
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = BusyReply(turn);
    auto refused = ShowClose(web, WhyNotLoggedIn(busy), busy);
    co_return co_await refused;
  }
  CO_TRY(CloseOwnReply checked, AskToClose(web, password, false));
  if (checked.outcome() == LoginReply::OUTCOME_NO_SESSION) co_return ToLogin(web);
  if (checked.outcome() != LoginReply::OUTCOME_OK) {
    LoginReply why;
    why.set_outcome(checked.outcome());
    why.set_limit(checked.limit());
    const bool wrong = checked.outcome() == LoginReply::OUTCOME_WRONG;
    auto refused = ShowClose(web, wrong ? "The password is wrong. Nothing was changed." : WhyNotLoggedIn(why), why);
    co_return co_await refused;
  }
  web.acted = true;
  EraseRequest erase;
  erase.mutable_ticket()->Swap(checked.mutable_erase_profile());
  CO_TRY(const auto erased, profile_.Call<EraseReply>(std::move(erase)));
  CloseAccountRequest close;
  close.mutable_ticket()->Swap(checked.mutable_close_account());
  CO_TRY(const auto closed, bank_.Call<CloseAccountReply>(std::move(close)));
  if (erased.message.ticket_refused() || closed.message.ticket_refused()) co_return Error{"a ticket was refused"};
  CO_TRY(const CloseOwnReply finished, AskToClose(web, password, true));
  if (finished.outcome() != LoginReply::OUTCOME_OK) co_return Error{"auth did not close the account"};
  Response response = Message(200, "Your account is closed", "Your profile was erased. Thank you for your visit.");
  EndCookie(response, web, kSessionCookie);
  co_return response;
}

}  // namespace zoobar
