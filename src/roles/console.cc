#include "roles/console.h"

#include "http/address.h"
#include "http/form.h"
#include "ipc/try.h"
#include "roles/console/page.h"
#include "site/rows.h"
#include "text/ascii.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to ask all roles for their reports"},
    {Calls::kAccept, "to accept connections on the listening socket it was given"},
    {Calls::kServeHttp, "to read requests and write the page"},
    {Calls::kAskForFile, "ctemplate looks for a file behind each compiled-in template it parses; the root holds none"},
};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 512}};

// The token of a session, which admin has made. The browser keeps it until it is closed.
constexpr std::string_view kCookie = "zoobar_console";
constexpr std::size_t kMostSecret = 4096;
constexpr std::string_view kNoAdmin =
    "admin does not answer. It checks who may see this page, so nothing can be shown. Try `zoobar ctl status`.";

std::set<Role> RolesOf(const Config& config) {
  std::set<Role> roles = {ROLE_MASTER};
  for (const Config::RoleConfig& row : config.role()) {
    if (row.instances() > 0) roles.insert(RoleByName(row.name()));
  }
  return roles;
}

bool IsFormPath(std::string_view path) { return path == "/sign-in" || path == "/sign-out"; }

// Whether a request is for this machine by an address or as localhost. Somebody else can make a name lead to it for a moment
// (DNS rebinding), and a page under that name would count as this site's. A client without a host is not a browser.
bool IsHostOfMachine(std::string_view host) {
  std::string_view name = host;
  if (name.starts_with('[')) {
    name = name.substr(1, name.find(']') == name.npos ? 0 : name.find(']') - 1);
  } else if (const std::size_t colon = name.rfind(':'); colon != name.npos) {
    name = name.substr(0, colon);
  }
  return host.empty() || IpAddress::Parse(name) || LowerCase(name) == "localhost";
}

Bytes TokenOf(const Request& request) {
  const auto cookie = FindCookie(request.head, kCookie);
  return cookie ? ToBytes(*cookie) : Bytes();
}

Response ToPage() { return Response::Redirect(303, "/"); }

}  // namespace

Console::Console(Site& site)
    : SmallServer(site, "the operator's page"),
      site_(site),
      reports_(site, ROLE_CONSOLE),
      picture_(LayOut(RolesOf(site.config()))),
      every_(site.loop()) {
  every_.StartEvery(History::kEvery, [this] { Spawn(NoteFigures()); });
}

void Console::Drain(std::function<void()> done) {
  every_.Stop();
  DrainServer([this, done = std::move(done)] { in_flight_.Drain(done); });
}

Task<void> Console::NoteFigures() {
  const InFlight::Call mark(in_flight_);
  auto asking = reports_.Ask();
  co_await asking;
  history_.Add(reports_.processes(), MonotonicMicros());
}

// ---- requests

Verdict Console::OnHead(HttpConnection& connection, const RequestHead& head) {
  if (!IsHostOfMachine(head.host())) {
    connection.AnswerWithoutBody(Response::Text(403, "Open this page by an address, or as localhost.\n"));
    return Verdict::kAnswered;
  }
  // Otherwise any page that the operator's browser shows could guess the secret here.
  if (head.method == HttpMethod::kPost && IsCrossSite(head)) {
    connection.AnswerWithoutBody(Response::Text(403, "Another site has sent this form.\n"));
    return Verdict::kAnswered;
  }
  const bool form = IsFormPath(head.path());
  const bool reads = head.method == HttpMethod::kGet || head.method == HttpMethod::kHead;
  if (form ? head.method == HttpMethod::kPost : reads) return Verdict::kServe;
  Response refused = Response::Text(405, form ? "Only POST.\n" : "Only GET and HEAD.\n");
  refused.AddField("Allow", form ? "POST" : "GET, HEAD");
  connection.AnswerWithoutBody(refused);
  return Verdict::kAnswered;
}

void Console::OnRequest(Exchange exchange, Request request) {
  const std::string_view path = request.head.path();
  if (path == "/") {
    Spawn(Show(std::move(exchange), std::move(request)));
  } else if (path == "/sign-in") {
    Spawn(SignIn(std::move(exchange), std::move(request)));
  } else if (path == "/sign-out") {
    Spawn(SignOut(std::move(exchange), std::move(request)));
  } else if (path == "/console.css" || path == "/icon.svg") {
    Response file;
    file.type = path == "/icon.svg" ? media_type::kSvg : media_type::kStyle;
    file.body = path == "/icon.svg" ? ConsolePages::Icon() : ConsolePages::Style();
    exchange.Answer(std::move(file));
  } else {
    exchange.Answer(Response::Text(404, "There is one page: /\n"));
  }
}

Response Console::SignInForm(int status, std::string warning) const {
  Response response;
  response.status = status;
  response.body = pages_.Render(ConsoleSignIn{std::move(warning)});
  return response;
}

Task<void> Console::SignIn(Exchange exchange, Request request) {
  const InFlight::Call mark(in_flight_);
  Result<FormFields> form = FormFields::Parse(View(request.body));
  if (!HasFormBody(request.head) || !form.ok()) {
    exchange.Answer(SignInForm(400, "The form was not complete."));
    co_return;
  }
  Bytes secret = form->Take(ConsolePages::kSecretField);
  if (secret.empty() || secret.size() > kMostSecret) {
    exchange.Answer(SignInForm(403, "This is not the operator secret."));
    co_return;
  }
  OpenConsoleRequest ask;
  auto call = site_.peer(ROLE_ADMIN).Call<OpenConsoleReply>(ask, std::move(secret));
  const Result<Incoming<OpenConsoleReply>> reply = co_await call;
  if (!reply.ok()) {
    exchange.Answer(SignInForm(503, std::string(kNoAdmin)));
  } else if (reply->message.busy()) {
    Response busy = SignInForm(503, "Another secret is being checked. Try again in a second.");
    busy.AddField("Retry-After", "1");
    exchange.Answer(std::move(busy));
  } else if (!reply->message.accepted()) {
    exchange.Answer(SignInForm(403, "This is not the operator secret."));
  } else {
    Response response = ToPage();
    response.SetCookie(kCookie, View(reply->secret), 0, false);
    exchange.Answer(std::move(response));
  }
}

Task<void> Console::SignOut(Exchange exchange, Request request) {
  const InFlight::Call mark(in_flight_);
  CloseConsoleRequest ask;
  auto call = site_.peer(ROLE_ADMIN).Call<CloseConsoleReply>(ask, TokenOf(request));
  const Result<Incoming<CloseConsoleReply>> reply = co_await call;
  if (!reply.ok()) {
    exchange.Answer(SignInForm(503, "admin does not answer, so the session goes on. Try again."));
    co_return;
  }
  Response response = ToPage();
  response.SetCookie(kCookie, "", -1, false);
  exchange.Answer(std::move(response));
}

Task<void> Console::Show(Exchange exchange, Request request) {
  const InFlight::Call mark(in_flight_);
  Bytes token = TokenOf(request);
  if (token.empty()) {
    exchange.Answer(SignInForm(200));
    co_return;
  }
  ShowConsoleRequest ask;
  auto call = site_.peer(ROLE_ADMIN).Call<ShowConsoleReply>(ask, std::move(token));
  const Result<Incoming<ShowConsoleReply>> reply = co_await call;
  if (!reply.ok() || !reply->message.signed_in()) {
    exchange.Answer(reply.ok() ? SignInForm(200) : SignInForm(503, std::string(kNoAdmin)));
    co_return;
  }
  auto asking = reports_.Ask();
  co_await asking;
  ConsolePage page = PageOf(reply->message, reports_, history_, picture_, WallMillis());
  page.version = site_.version();
  page.renews = request.head.query() != "still";
  Response response;
  if (page.renews) response.AddField("Refresh", std::to_string(ConsolePages::kRenewSeconds));
  response.body = pages_.Render(page);
  exchange.Answer(std::move(response));
}

const RoleSpec kConsoleRole = {
    .role = ROLE_CONSOLE,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Console>(site); },
};

}  // namespace zoobar
