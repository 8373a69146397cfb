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
  Response Done(int status = 200) const { return Response::Text(status, text_); }

 private:
  std::string text_;
};

Response Failed(std::string_view why) { return AnswerForScript().Add("error", why).Done(); }

// The reason for the page. Words that are only about a login come from WhyNotLoggedIn.
std::string WhyNotAdded(LoginReply::Outcome outcome, std::uint32_t limit) {
  if (outcome == LoginReply::OUTCOME_WRONG) return "The current password is wrong.";
  if (outcome == LoginReply::OUTCOME_PASSKEY_WRONG) return "Your device's answer does not fit this site.";
  LoginReply reply;
  reply.set_outcome(outcome);
  reply.set_limit(limit);
  return WhyNotLoggedIn(reply);
}

}  // namespace

std::string_view Login::PasskeyOriginOf(const WebRequest& web) const {
  const std::string here = fmt::format("{}://{}", web.http.secure ? "https" : "http", LowerCase(web.head().host()));
  const auto found = std::find(passkey_origins_.begin(), passkey_origins_.end(), here);
  return found == passkey_origins_.end() ? std::string_view() : std::string_view(*found);
}

Login::Answered Login::Passkeys(WebRequest& web) {
  if (web.form.Get("ask") == "login") co_return co_await OfferLogin(web);
  if (web.form.Get("ask") == "add") co_return co_await OfferPasskey(web);
  if (web.form.Has("submit_passkey")) co_return co_await LogInByPasskey(web);
  if (web.form.Has("add_passkey")) co_return co_await AddPasskey(web);
  co_return Message(400, "Bad request", "This form is not one of this site's. Go to the login page and try again.");
}

Login::Answered Login::OfferLogin(WebRequest& web) {
  const std::string_view origin = PasskeyOriginOf(web);
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
  const std::string_view origin = PasskeyOriginOf(web);
  if (origin.empty()) co_return Failed(kElsewhere);
  if (const std::string_view fault = FaultOfLabel(web.form.Get("passkey_name")); !fault.empty())
    co_return Failed(fault);
  BeginPasskeyRequest request;
  request.set_address(web.http.address.Text());
  Bytes secret = PackSecrets({View(web.token), View(password)});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) co_return Failed(WhyNotLoggedIn(BusyReply(turn)));
  CO_TRY(const auto reply, auth_.Call<BeginPasskeyReply>(std::move(request), std::move(secret)));
  const BeginPasskeyReply& offer = reply.message;
  if (offer.outcome() != LoginReply::OUTCOME_OK) co_return Failed(WhyNotAdded(offer.outcome(), offer.limit()));
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
  if (outcome != LoginReply::OUTCOME_OK) co_return refused(WhyNotAdded(outcome, reply.message.limit()));
  Response response = Response::Redirect(303, AccountSaying("passkey_added_in", View(web.token)));
  response.member = reply.message.name();
  co_return response;
}

}  // namespace zoobar
