// The part of login for logging in, registering and logging out.
#include <fmt/format.h>

#include "credentials/names.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/login.h"
#include "roles/login/rules.h"
#include "text/utf8.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDeviceCookieSeconds = 400LL * 24 * 3600;  // the longest time that browsers keep a cookie
// The time that a browser waits for auth's result. After this time it gets a page that says how many people are ahead
// of the member. The page makes the browser ask again.
constexpr std::uint32_t kPatienceMs = 3000;
constexpr int kRefreshSeconds = 1;
// The claim cookie lives as long as auth goes on working on a claim that somebody asks for. The path of the cookie is
// the whole site, because behind TLS its name has the prefix __Host-, so that no neighbouring host can set the cookie.
constexpr std::int64_t kClaimCookieSeconds = 600;

constexpr std::string_view kPasswordPath = "/zoobar/index.cgi/password";

// Returns the name in the form. A name that is much too long is cut, but stays longer than kMaxNameBytes, so that auth
// still refuses it.
std::string TypedName(const WebRequest& web) {
  const std::string name = MendUtf8(web.form.Get("login_username"));
  return std::string(CutUtf8(name, kMaxNameBytes + 4));
}

// Returns where to go after the login.
std::string_view NextOf(const WebRequest& web) {
  return LocalOrHome(web.form.Has("nexturl") ? web.form.Get("nexturl") : web.query.Get("nexturl"));
}

// Returns the claim to a login that waits, from the cookie. Empty: none.
std::string_view ClaimOf(const WebRequest& web) { return FindToken(web.head(), kClaimCookie, web.http.secure); }

}  // namespace

Response Login::LoginForm(const WebRequest& web, std::string_view name, std::string_view warning) const {
  LoginPage page;
  page.name = name;
  page.registering = web.form.Has("submit_registration");
  page.warning = warning;
  page.next = NextOf(web);
  page.min_password = password_rules_.min_code_points;
  page.passkeys = !PasskeyOriginOf(web).empty();
  const KeptText kept = KeptTextIn(web.form, BodyBytes());
  AddKept(page, kept);
  Response response = Html(pages_.Render(page));
  response.policy = Policy::kScript;
  return response;
}

Login::Answered Login::Enter(WebRequest& web) {
  const bool registering = web.form.Has("submit_registration");
  const bool sent = web.posted() && (registering || web.form.Has("submit_login"));
  // auth gives the result of a claim only once. A HEAD request shows no page, so it must not use up the result. A login
  // that carries a text waits for its own result.
  const bool claims = web.head().method != HttpMethod::kHead && !ClaimOf(web).empty() && !CarriesText(web);
  if (claims) {
    CO_TRY(std::optional<Response> claimed, Claimed(web, sent, registering));
    if (claimed) co_return std::move(*claimed);
  }
  if (sent) co_return co_await SendForm(web, registering);
  if (!web.token.empty()) {
    // A member with a one-time password who asks for any other page is sent here, as if there were no session.
    auto asking = MustChange(web);
    const std::string member = co_await asking;
    const KeptText kept = KeptTextIn(web.form, BodyBytes());
    if (!member.empty() && kept.IsFor(member)) co_return TextAgain(member, kept, true);
    if (!member.empty()) co_return Response::Redirect(web.posted() ? 303 : 302, kPasswordPath);
  }
  Response form = LoginForm(web, MendUtf8(web.form.Get("login_username")), {});
  if (claims) EndCookie(form, web, kClaimCookie);
  co_return form;
}

Task<std::string> Login::MustChange(WebRequest& web) {
  CheckRequest who;
  auto checking = auth_.Call<CheckReply>(std::move(who), PackSecrets({View(web.token)}));
  const Result<Incoming<CheckReply>> check = co_await checking;
  co_return check.ok() && check->message.must_change() ? check->message.name() : std::string();
}

Login::Answered Login::SendForm(WebRequest& web, bool registering) {
  std::string name = TypedName(web);
  const Bytes password = web.form.Take("login_password");
  if (!IsUtf8(web.form.Get("login_username"))) {
    LoginReply invalid;
    invalid.set_outcome(LoginReply::OUTCOME_NAME_INVALID);
    co_return LoginForm(web, name, WhyNotLoggedIn(invalid));
  }
  Bytes secret = PackSecrets({View(password), View(web.device), View(web.token)});
  const std::string agent = MendUtf8(web.head().Field("user-agent").value_or("").substr(0, 256));
  const auto filled = [&]<typename Request>(Request request) {
    request.set_name(name);
    request.set_address(web.http.address.Text());
    request.set_agent(agent);
    // The page that asks again would lose a text, so a login with one has one answer.
    request.set_patience_ms(IsBrowser(web.head()) && !CarriesText(web) ? kPatienceMs : 0);
    return request;
  };
  RegisterRequest join = filled(RegisterRequest());
  LoginRequest login = filled(LoginRequest());
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    const LoginReply busy = BusyReply(turn);
    Response form = LoginForm(web, name, WhyNotLoggedIn(busy));
    SetWhyNot(form, busy);
    co_return form;
  }
  CO_TRY(auto reply, registering ? auth_.Call<LoginReply>(std::move(join), std::move(secret))
                                 : auth_.Call<LoginReply>(std::move(login), std::move(secret)));
  auto entered = Entered(web, std::move(reply), std::move(name), registering);
  co_return co_await entered;
}

Task<Result<std::optional<Response>>> Login::Claimed(WebRequest& web, bool sent, bool registering) {
  ClaimRequest request;
  request.set_patience_ms(kPatienceMs);
  request.set_again(sent);
  if (sent) request.set_name(TypedName(web));
  request.set_registering(registering);
  Bytes secret = PackSecrets({ClaimOf(web), sent ? web.form.Get("login_password") : std::string_view()});
  auto admitting = AdmitLasting(web, entering_, AddressPrincipal(web.http.address.Text()));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) co_return std::optional<Response>(WaitingForTurn(web, {}));  // the claim is still valid
  CO_TRY(auto reply, auth_.Call<LoginReply>(std::move(request), std::move(secret)));
  if (reply.message.outcome() != LoginReply::OUTCOME_NO_CLAIM) {
    std::string name = MendUtf8(reply.message.typed_name());
    const bool registered = reply.message.registered();
    CO_TRY(Response page, Entered(web, std::move(reply), std::move(name), registered));
    co_return std::optional<Response>(std::move(page));
  }
  if (sent || !web.query.Has("waiting")) co_return std::optional<Response>();
  // Another window of the browser may have got the result. If not, the page that follows asks for a login.
  Response lost = web.token.empty() ? LoginForm(web, {}, "The site was restarted. Please send the form again.")
                                    : Response::Redirect(302, LocalOrHome(web.query.Get("nexturl")));
  EndCookie(lost, web, kClaimCookie);
  co_return std::optional<Response>(std::move(lost));
}

Response Login::WaitingForTurn(const WebRequest& web, const Incoming<LoginReply>& reply) const {
  const std::string_view next = NextOf(web);
  WaitingPage page;
  page.before = reply.message.before();
  page.next = next;
  Response response = Html(pages_.Render(page));
  response.AddField("Refresh", fmt::format("{}; url={}", kRefreshSeconds, WaitingFor(next)));
  const auto claim = UnpackSecrets(reply.secret, 1);
  const bool secure = web.http.secure;
  if (claim.ok()) response.SetCookie(CookieName(kClaimCookie, secure), (*claim)[0], kClaimCookieSeconds, secure);
  return response;
}

Login::Answered Login::Entered(WebRequest& web, Incoming<LoginReply> reply, std::string name, bool registering) {
  if (reply.message.outcome() == LoginReply::OUTCOME_WAITING) co_return WaitingForTurn(web, reply);
  if (reply.message.outcome() != LoginReply::OUTCOME_OK) {
    Response form = LoginForm(web, name, WhyNotLoggedIn(reply.message));
    SetWhyNot(form, reply.message);
    if (!ClaimOf(web).empty()) EndCookie(form, web, kClaimCookie);
    co_return form;
  }
  CO_TRY(const auto tokens, UnpackSecrets(reply.secret, 2));
  if (registering) {
    auto opening = OpenAccount(reply.message);
    co_await opening;
  }
  const bool must_change = reply.message.must_change();
  const KeptText kept = KeptTextIn(web.form, BodyBytes());
  Response response = kept.carries && kept.IsFor(reply.message.name())
                          ? TextAgain(reply.message.name(), kept, must_change)
                          : Response::Redirect(web.posted() ? 303 : 302, must_change ? kPasswordPath : NextOf(web));
  response.member = reply.message.name();
  SetCookies(response, web, tokens[0], tokens[1]);
  if (!ClaimOf(web).empty()) EndCookie(response, web, kClaimCookie);
  co_return response;
}

// If the account cannot be opened now, the member's first page opens it.
Task<void> Login::OpenAccount(const LoginReply& registered) {
  OpenAccountRequest open;
  *open.mutable_ticket() = registered.open_account();
  auto opening = bank_.Call<OpenAccountReply>(std::move(open));
  const Result<Incoming<OpenAccountReply>> opened = co_await opening;
  const auto outcome = opened.ok() ? opened->message.outcome() : OpenAccountReply::OUTCOME_UNSPECIFIED;
  if (outcome == OpenAccountReply::OUTCOME_OPENED || outcome == OpenAccountReply::OUTCOME_EXISTS) co_return;
  const std::string why = opened.ok() ? OpenAccountReply::Outcome_Name(outcome) : opened.error().text;
  site_.log().Warning("account-not-opened", {{"name", registered.name()}, {"why", why}});
}

void Login::SetCookies(Response& response, const WebRequest& web, std::string_view session, std::string_view device) {
  const bool secure = web.http.secure;
  if (!session.empty()) response.SetCookie(CookieName(kSessionCookie, secure), session, 0, secure);
  if (!device.empty()) response.SetCookie(CookieName(kDeviceCookie, secure), device, kDeviceCookieSeconds, secure);
}

Login::Answered Login::Logout(WebRequest& web) {
  if (!web.token.empty()) {
    LogoutRequest request;
    request.set_which(LogoutRequest::WHICH_THIS);
    Bytes secret = PackSecrets({View(web.token)});
    // If auth does not answer, the session may still exist, so the page must not say that it has ended.
    CO_TRY(const auto reply, auth_.Call<LogoutReply>(std::move(request), std::move(secret)));
  }
  Response response = Response::Redirect(web.posted() ? 303 : 302, kLoginPath);
  EndCookie(response, web, kSessionCookie);
  co_return response;
}

}  // namespace zoobar
