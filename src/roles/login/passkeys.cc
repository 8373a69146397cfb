// The part of login for passkeys: the challenges for the script of the page, the login with one, and a new one.
#include <fmt/format.h>

#include "credentials/tokens.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/login.h"
#include "roles/login/passkey_form.h"
#include "roles/login/rules.h"
#include "text/ascii.h"
#include "text/utf8.h"
#include "web/rules.h"
#include "webauthn/client_data.h"
#include "webauthn/origins.h"

namespace zoobar {
namespace {

constexpr std::string_view kElsewhere = "This site takes no passkeys at this address.";

// What the script of the page reads, in the form of a query: URLSearchParams parses it, so nobody needs JSON.
class AnswerForScript {
 public:
  AnswerForScript& Add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += fmt::format("{}={}", name, Encoded(value));
    return *this;
  }
  Response Done() const { return Response::Text(200, text_); }

 private:
  std::string text_;
};

Response Failed(std::string_view why) { return AnswerForScript().Add("error", why).Done(); }

// The outcome of a call about a new passkey, as login tells outcomes of logins.
template <typename Reply>
LoginReply OutcomeOf(const Reply& reply) {
  LoginReply outcome;
  outcome.set_outcome(reply.outcome());
  outcome.set_limit(reply.limit());
  return outcome;
}

std::string WhyNotAdded(const LoginReply& reply) {
  if (reply.outcome() == LoginReply::OUTCOME_WRONG) return "The current password is wrong.";
  if (reply.outcome() == LoginReply::OUTCOME_PASSKEY_WRONG) return "Your device's answer does not fit this site.";
  return WhyNotLoggedIn(reply);
}

Response NotOffered(const LoginReply& reply) {
  Response answer = Failed(WhyNotAdded(reply));
  SetWhyNot(answer, reply);
  return answer;
}

}  // namespace

std::string Login::PasskeyOriginOf(const WebRequest& web) const {
  std::string here = fmt::format("{}://{}", web.http.secure ? "https" : "http", LowerCase(web.head().host()));
  const bool found = std::find(passkey_origins_.begin(), passkey_origins_.end(), here) != passkey_origins_.end();
  return found ? here : std::string();
}

Login::Answered Login::Passkeys(WebRequest& web) {
  if (web.form.Get("ask") == "login") co_return co_await OfferLogin(web);
  if (web.form.Get("ask") == "add") co_return co_await OfferPasskey(web);
  if (web.form.Has("submit_passkey")) co_return co_await LogInByPasskey(web);
  if (web.form.Has("add_passkey")) co_return co_await AddPasskey(web);
  co_return Message(400, "Bad request", "This form is not one of this site's. Go to the login page and try again.");
}

Login::Answered Login::OfferLogin(WebRequest& web) {
  const std::string origin = PasskeyOriginOf(web);
  if (origin.empty()) co_return Failed(kElsewhere);
  PasskeyChallengeRequest request;
  CO_TRY(const auto reply, auth_.Call<PasskeyChallengeReply>(std::move(request)));
  AnswerForScript answer;
  answer.Add("challenge", Base64Url(reply.message.challenge())).Add("rp", RpIdOf(origin));
  co_return answer.Done();
}

Login::Answered Login::LogInByPasskey(WebRequest& web) {
  Result<PasskeyLoginRequest> request = ReadPasskeyLogin(web.form);
  if (!request.ok()) {
    LoginReply wrong;
    wrong.set_outcome(LoginReply::OUTCOME_PASSKEY_WRONG);
    co_return LoginForm(web, {}, WhyNotLoggedIn(wrong));
  }
  request->set_address(web.http.address.Text());
  request->set_agent(MendUtf8(web.head().Field("user-agent").value_or("").substr(0, 256)));
  Bytes secret = PackSecrets({View(web.device), View(web.token)});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = BusyReply(turn);
    Response form = LoginForm(web, {}, WhyNotLoggedIn(busy));
    SetWhyNot(form, busy);
    co_return form;
  }
  CO_TRY(auto reply, auth_.Call<LoginReply>(std::move(*request), std::move(secret)));
  auto entered = Entered(web, std::move(reply), {}, false);
  co_return co_await entered;
}

Login::Answered Login::OfferPasskey(WebRequest& web) {
  const Bytes password = web.form.Take("password_now");
  const std::string origin = PasskeyOriginOf(web);
  if (origin.empty()) co_return Failed(kElsewhere);
  if (const std::string_view fault = FaultOfLabel(web.form.Get("passkey_name")); !fault.empty())
    co_return Failed(fault);
  BeginPasskeyRequest request;
  request.set_address(web.http.address.Text());
  Bytes secret = PackSecrets({View(web.token), View(password)});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) co_return NotOffered(BusyReply(turn));
  CO_TRY(const auto reply, auth_.Call<BeginPasskeyReply>(std::move(request), std::move(secret)));
  const BeginPasskeyReply& offer = reply.message;
  if (offer.outcome() != LoginReply::OUTCOME_OK) co_return NotOffered(OutcomeOf(offer));
  AnswerForScript answer;
  answer.Add("challenge", Base64Url(offer.challenge())).Add("rp", RpIdOf(origin));
  answer.Add("user", Base64Url(offer.user())).Add("name", offer.name());
  for (const std::string& each : offer.present()) answer.Add("present", Base64Url(each));
  co_return answer.Done();
}

Login::Answered Login::AddPasskey(WebRequest& web) {
  if (web.token.empty()) co_return ToLogin(web);
  const auto refused = [this](std::string_view why) {
    return Message(200, "Passkey not added", fmt::format("{} Go back to your account and try again.", why));
  };
  if (const std::string_view fault = FaultOfLabel(web.form.Get("passkey_name")); !fault.empty())
    co_return refused(fault);
  Result<AddPasskeyRequest> request = ReadNewPasskey(web.form);
  if (!request.ok()) co_return refused("Your device made a passkey of a kind that this site does not take.");
  request->set_address(web.http.address.Text());
  CO_TRY(const auto reply, auth_.Call<AddPasskeyReply>(std::move(*request), PackSecrets({View(web.token)})));
  const LoginReply::Outcome outcome = reply.message.outcome();
  if (outcome == LoginReply::OUTCOME_NO_SESSION) co_return ToLogin(web);
  if (outcome != LoginReply::OUTCOME_OK) co_return refused(WhyNotAdded(OutcomeOf(reply.message)));
  Response response = Response::Redirect(303, AccountSaying("passkey_added_in", View(web.token)));
  response.member = reply.message.name();
  co_return response;
}

}  // namespace zoobar
