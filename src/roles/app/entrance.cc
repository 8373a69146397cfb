// app: logging in, registering, logging out.
#include "credentials/names.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDeviceCookieSeconds = 400LL * 24 * 3600;  // the longest that browsers keep one
constexpr std::uint32_t kBusySeconds = 2;                         // where auth does not know better
// A browser waits so long for its answer, then shows a page that says how many are before it and asks again.
constexpr std::uint32_t kPatienceMs = 3000;
constexpr int kRefreshSeconds = 1;
// As long as auth keeps work going whose claim is asked for. The cookie's path is the whole site, so that behind TLS it
// may have the prefix __Host-: no neighbour can plant a claim of their own.
constexpr std::int64_t kClaimCookieSeconds = 600;

// No name is longer than kMaxNameBytes: of more no more than the beginning is handed on, which is no name either.
std::string TypedName(const Visit& visit) {
  const std::string name = MendUtf8(visit.form.Get("login_username"));
  return std::string(CutUtf8(name, kMaxNameBytes + 4));
}

}  // namespace

// The status of a page that says there is no session now, and when to come again where that helps.
void App::SetWhyNot(Response& page, const LoginReply& reply) {
  std::uint32_t wait_s = kBusySeconds;
  switch (reply.outcome()) {
    case LoginReply::OUTCOME_BUSY:
      page.status = 503;
      if (reply.limit() > 0) wait_s = reply.limit();
      break;
    case LoginReply::OUTCOME_NOT_CHECKED:
      page.status = 503;
      break;
    case LoginReply::OUTCOME_SLOW_DOWN:
      page.status = 429;
      wait_s = reply.limit();
      break;
    default:
      return;
  }
  page.AddField("Retry-After", fmt::format("{}", wait_s));
}

// Why there is no session now, for the member to read.
std::string App::WhyNotLoggedIn(const LoginReply& reply) {
  switch (reply.outcome()) {
    case LoginReply::OUTCOME_WRONG:
      return "Wrong name or password.";
    case LoginReply::OUTCOME_NAME_TAKEN:
      return "Somebody has this name already. Choose another, or log in if it is yours.";
    case LoginReply::OUTCOME_NAME_INVALID:
      return "A name has 1 to 128 bytes of text, and no control characters.";
    case LoginReply::OUTCOME_PASSWORD_TOO_SHORT:
      return fmt::format("This password is too short: it needs at least {} characters.", reply.limit());
    case LoginReply::OUTCOME_PASSWORD_TOO_LONG:
      return fmt::format("This password is too long: at most {} bytes.", reply.limit());
    case LoginReply::OUTCOME_PASSWORD_INVALID:
      return "This password is not text (UTF-8).";
    case LoginReply::OUTCOME_BUSY:
      return reply.limit() > 1
                 ? fmt::format("The site is busy right now. Please try again in {} seconds.", reply.limit())
                 : "The site is busy right now. Please try again in a moment.";
    case LoginReply::OUTCOME_NO_SESSION:
      return "You are not logged in any more.";
    case LoginReply::OUTCOME_SAME_PASSWORD:
      return "The new password is the present one.";
    case LoginReply::OUTCOME_PASSWORD_COMMON:
      return "This password is among the first that are guessed. A few words that do not belong together are better.";
    case LoginReply::OUTCOME_LOCKED:
      return "This account is locked, because somebody may have your password. Please ask the operator of this bank.";
    case LoginReply::OUTCOME_SLOW_DOWN:
      return fmt::format("There were too many attempts. Please try again in {} {}.", reply.limit(),
                         reply.limit() == 1 ? "second" : "seconds");
    case LoginReply::OUTCOME_NOT_CHECKED:
      return "Passwords cannot be checked right now. Please try again in a moment.";
    default:
      return "This did not work.";
  }
}

Response App::LoginForm(const Visit& visit, std::string_view name, std::string_view warning) const {
  LoginPage page;
  page.name = name;
  page.warning = warning;
  page.next = LocalOrHome(visit.form.Has("nexturl") ? visit.form.Get("nexturl") : visit.query.Get("nexturl"));
  page.min_password = min_password_;
  return Html(pages_.Render(page));
}

App::Answered App::Login(Visit& visit) {
  const bool registering = visit.form.Has("submit_registration");
  const bool sent = visit.posted() && (registering || visit.form.Has("submit_login"));
  const auto claim = FindCookie(visit.head(), CookieName(kClaimCookie, visit.request.secure));
  // A result is given once, to be seen: not to HEAD.
  if (visit.head().method != HttpMethod::kHead) visit.claim = ToBytes(TokenOrNothing(claim.value_or("")));
  if (!visit.claim.empty()) {
    CO_TRY(std::optional<Response> claimed, Claimed(visit, sent, registering));
    if (claimed) co_return std::move(*claimed);
  }
  if (sent) co_return co_await Enter(visit, registering);
  Response form = LoginForm(visit, MendUtf8(visit.form.Get("login_username")), {});
  if (!visit.claim.empty()) EndCookie(form, visit, kClaimCookie);
  co_return form;
}

LoginReply App::Busy(const FairQueue::Turn& refused) {
  LoginReply busy;
  busy.set_outcome(LoginReply::OUTCOME_BUSY);
  busy.set_limit(static_cast<std::uint32_t>(refused.retry_after_s()));
  return busy;
}

App::Answered App::Enter(Visit& visit, bool registering) {
  std::string name = TypedName(visit);
  const Bytes password = visit.form.Take("login_password");
  if (!IsUtf8(visit.form.Get("login_username"))) {
    LoginReply invalid;
    invalid.set_outcome(LoginReply::OUTCOME_NAME_INVALID);
    co_return LoginForm(visit, name, WhyNotLoggedIn(invalid));
  }
  Bytes secret = PackSecrets({View(password), View(visit.device), View(visit.token)});
  const std::string agent = MendUtf8(visit.head().Field("user-agent").value_or("").substr(0, 256));
  const auto filled = [&]<typename Request>(Request request) {
    request.set_name(name);
    request.set_address(visit.request.address.Text());
    request.set_agent(agent);
    request.set_patience_ms(IsBrowser(visit.head()) ? kPatienceMs : 0);
    return request;
  };
  RegisterRequest join = filled(RegisterRequest());
  LoginRequest login = filled(LoginRequest());
  auto admitting = AdmitLasting(visit, entering_, AddressPrincipal(visit.request.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = Busy(turn);
    Response form = LoginForm(visit, name, WhyNotLoggedIn(busy));
    SetWhyNot(form, busy);
    co_return form;
  }
  auto asked = registering ? auth_.Call<LoginReply>(std::move(join), std::move(secret))
                           : auth_.Call<LoginReply>(std::move(login), std::move(secret));
  auto reply = co_await asked;
  if (!reply.ok()) co_return reply.error();
  co_return co_await Entered(visit, std::move(*reply), std::move(name), registering);
}

Task<Result<std::optional<Response>>> App::Claimed(Visit& visit, bool sent, bool registering) {
  ClaimRequest request;
  request.set_patience_ms(kPatienceMs);
  request.set_again(sent);
  if (sent) request.set_name(TypedName(visit));
  request.set_registering(registering);
  Bytes secret = PackSecrets({View(visit.claim), sent ? visit.form.Get("login_password") : std::string_view()});
  auto admitting = AdmitLasting(visit, entering_, AddressPrincipal(visit.request.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) co_return std::optional<Response>(WaitingForTurn(visit, {}));  // the claim stays
  auto reply = co_await auth_.Call<LoginReply>(std::move(request), std::move(secret));
  if (!reply.ok()) co_return reply.error();
  if (reply->message.outcome() != LoginReply::OUTCOME_NO_CLAIM) {
    std::string name = MendUtf8(reply->message.typed_name());
    const bool registered = reply->message.registered();
    CO_TRY(Response page, Entered(visit, std::move(*reply), std::move(name), registered));
    co_return std::optional<Response>(std::move(page));
  }
  if (sent || !visit.query.Has("waiting")) co_return std::optional<Response>();
  // Another window may have had the answer; the page behind asks for a login if not.
  Response lost = visit.token.empty() ? LoginForm(visit, {}, "The site was restarted. Please send the form again.")
                                      : Response::Redirect(302, LocalOrHome(visit.query.Get("nexturl")));
  EndCookie(lost, visit, kClaimCookie);
  co_return std::optional<Response>(std::move(lost));
}

Response App::WaitingForTurn(const Visit& visit, const Incoming<LoginReply>& reply) const {
  const std::string_view next =
      LocalOrHome(visit.form.Has("nexturl") ? visit.form.Get("nexturl") : visit.query.Get("nexturl"));
  WaitingPage page;
  page.before = reply.message.before();
  page.next = next;
  Response response = Html(pages_.Render(page));
  response.AddField("Refresh", fmt::format("{}; url={}", kRefreshSeconds, WaitingFor(next)));
  const auto claim = UnpackSecrets(reply.secret, 1);
  const bool secure = visit.request.secure;
  if (claim.ok()) response.SetCookie(CookieName(kClaimCookie, secure), (*claim)[0], kClaimCookieSeconds, secure);
  return response;
}

App::Answered App::Entered(Visit& visit, Incoming<LoginReply> reply, std::string name, bool registering) {
  if (reply.message.outcome() == LoginReply::OUTCOME_WAITING) co_return WaitingForTurn(visit, reply);
  if (reply.message.outcome() != LoginReply::OUTCOME_OK) {
    Response form = LoginForm(visit, name, WhyNotLoggedIn(reply.message));
    SetWhyNot(form, reply.message);
    if (!visit.claim.empty()) EndCookie(form, visit, kClaimCookie);
    co_return form;
  }
  const auto tokens = UnpackSecrets(reply.secret, 2);
  if (!tokens.ok()) co_return tokens.error();
  if (registering) {
    // Should this fail, the home page opens the account.
    Ticket ticket = std::move(*reply.message.mutable_open_account());
    Result<std::int64_t> opened = co_await OpenAccount(std::move(ticket));
    if (!opened.ok()) {
      site_.log().Warning("account-not-opened", {{"name", reply.message.name()}, {"why", opened.error().text}});
    }
  }
  const std::string_view next = visit.form.Has("nexturl") ? visit.form.Get("nexturl") : visit.query.Get("nexturl");
  Response response = Response::Redirect(visit.posted() ? 303 : 302, LocalOrHome(next));
  response.member = reply.message.name();
  SetCookies(response, visit, (*tokens)[0], (*tokens)[1]);
  if (!visit.claim.empty()) EndCookie(response, visit, kClaimCookie);
  co_return response;
}

void App::SetCookies(Response& response, const Visit& visit, std::string_view session, std::string_view device) const {
  const bool secure = visit.request.secure;
  if (!session.empty()) response.SetCookie(CookieName(kSessionCookie, secure), session, 0, secure);
  if (!device.empty()) response.SetCookie(CookieName(kDeviceCookie, secure), device, kDeviceCookieSeconds, secure);
}

void App::EndCookie(Response& response, const Visit& visit, std::string_view cookie) {
  response.SetCookie(CookieName(cookie, visit.request.secure), "", -1, visit.request.secure);
}

App::Answered App::Logout(Visit& visit) {
  if (!visit.token.empty()) {
    LogoutRequest request;
    request.set_which(LogoutRequest::WHICH_THIS);
    Bytes secret = PackSecrets({View(visit.token)});
    auto reply = co_await auth_.Call<LogoutReply>(std::move(request), std::move(secret));
    if (!reply.ok()) co_return reply.error();  // the session still lives: do not pretend
  }
  Response response = Response::Redirect(visit.posted() ? 303 : 302, kLoginPath);
  EndCookie(response, visit, kSessionCookie);
  co_return response;
}

}  // namespace zoobar
