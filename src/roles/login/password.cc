// The part of login for a new password: the form, the change, and how strong a password would be.
#include "credentials/strength.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/login.h"
#include "roles/login/rules.h"
#include "text/utf8.h"
#include "web/rules.h"

namespace zoobar {
Login::Answered Login::Password(WebRequest& web) {
  if (web.token.empty()) co_return ToLogin(web);
  auto page = web.posted() ? ChangePassword(web) : ShowForm(web, "");
  co_return co_await page;
}

Login::Answered Login::ChangePassword(WebRequest& web) {
  const Bytes now = web.form.Take("password_now"), fresh = web.form.Take("password_new");
  const Bytes again = web.form.Take("password_again");
  if (fresh != again) {
    auto differ = ShowForm(web, "The new passwords differ. Enter the same one twice.");
    co_return co_await differ;
  }
  ChangePasswordRequest request;
  request.set_address(web.http.address.Text());
  request.set_agent(MendUtf8(web.head().Field("user-agent").value_or("").substr(0, 256)));
  Bytes secret = PackSecrets({View(web.token), View(now), View(fresh)});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = BusyReply(turn);
    auto refused = NotChanged(web, WhyNotLoggedIn(busy), busy);
    co_return co_await refused;
  }
  CO_TRY(const auto reply, auth_.Call<LoginReply>(std::move(request), std::move(secret)));
  turn.End();
  const LoginReply::Outcome outcome = reply.message.outcome();
  if (outcome == LoginReply::OUTCOME_NO_SESSION) co_return ToLogin(web);
  if (outcome != LoginReply::OUTCOME_OK) {
    const bool wrong = outcome == LoginReply::OUTCOME_WRONG;
    auto refused =
        NotChanged(web, wrong ? "The current password is wrong." : WhyNotLoggedIn(reply.message), reply.message);
    co_return co_await refused;
  }
  CO_TRY(const auto tokens, UnpackSecrets(reply.secret, 1));
  Response response = Response::Redirect(303, AccountSaying("password_changed_in", tokens[0]));
  response.member = reply.message.name();
  SetCookies(response, web, tokens[0], {});
  co_return response;
}

Login::Answered Login::NotChanged(WebRequest& web, std::string why, const LoginReply& reply) {
  CO_TRY(Response page, ShowForm(web, std::move(why)));
  SetWhyNot(page, reply);
  co_return page;
}

Login::Answered Login::ShowForm(WebRequest& web, std::string warning) {
  CheckRequest who;
  CO_TRY(const auto check, auth_.Call<CheckReply>(std::move(who), PackSecrets({View(web.token)})));
  if (!check.message.session() && !check.message.must_change()) co_return ToLogin(web);
  PasswordPage page;
  page.one_time = check.message.must_change();
  page.member = check.message.name();
  page.warning = warning;
  page.min_password = password_rules_.min_code_points;
  Response response = Html(pages_.Render(page), page.member);
  response.policy = Policy::kScript;
  co_return response;
}

// Rates a password, for the hint beside the field of a new password. The password is not kept. When the form is sent,
// auth checks the password again with the same estimator.
Login::Answered Login::Strength(WebRequest& web) {
  const Bytes password = web.form.Take("password");
  const int score = EstimateStrength(View(password), web.form.Get("name")).score;
  static constexpr std::string_view kWords[] = {"too easy to guess", "weak", "fair", "good", "strong"};
  Response response =
      Response::Text(200, fmt::format("As a new password: {}{}.", kWords[score],
                                      score < static_cast<int>(password_rules_.min_score) ? ", not accepted" : ""));
  co_return response;
}

}  // namespace zoobar
