#include "roles/app.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

#include "ipc/utf8.h"
#include "roles/app/rules.h"
#include "site/places.h"
#include "site/queue_counters.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to take calls and call others"},
    {Calls::kServeHttp, "to serve the connections dispatcher hands over"},
    {Calls::kAskForFile, "ctemplate looks for a file behind each compiled-in template it parses; the root holds none"},
};
constexpr Privileges kPrivileges = {
    .folders = {},
    .calls = kCalls,
    .limits = {.open_files = kAppOpenFiles, .address_space = 0, .file_bytes = 0, .processes = 1}};
// "/" is everything nobody else has: app has the page that says so.
constexpr std::string_view kDefaultRoutes[] = {"/", "/zoobar/index.cgi", "/zoobar/index.cgi/"};

// A connection that waits this long for its next request goes back to the dispatcher, which waits more cheaply.
constexpr Milliseconds kKeepIdle{1000};
// Pages worked on at once. Enough to keep the other roles busy, and so few that a page of somebody else is never far
// back. One address may be a classroom: what it cannot have at once waits, in places enough for many browsers.
constexpr FairQueue::Limits kPages = {
    .slots = 192, .slots_per_principal = 96, .waiting = 4096, .waiting_per_principal = 1024};
// Calls to auth that may wait for a hash or a guess's turn. Fewer than a channel takes of lasting calls, and one
// address has a share that a classroom fits in.
constexpr FairQueue::Limits kEntering = {
    .slots = 512, .slots_per_principal = 128, .waiting = 4096, .waiting_per_principal = 1024};
// Calls to profile that bring a text: as many as fit into two thirds of what a channel takes of lasting calls. Half are
// for members who have not asked for much lately.
constexpr std::size_t kTextBytes = 2 << 20;
constexpr std::size_t kBesideText = 4096;  // ticket and header

FairQueue::Limits TextsOf(const Config& config) {
  const std::size_t slots = std::max<std::size_t>(4, kTextBytes / (config.profile().max_source_bytes() + kBesideText));
  return {.slots = slots,
          .slots_per_principal = slots / 4,
          .reserved = slots / 2,
          .light = Milliseconds(2000),
          .waiting = 1024,
          .waiting_per_principal = 32};
}

// Whoever is refused for now is told so after this pause. A client that asks again at once, whatever Retry-After says,
// would else take the time of others with nothing but refusals.
constexpr Milliseconds kRefusalPause{100};

constexpr Milliseconds kTellAgain{5};
constexpr std::uint32_t kRestartSeconds = 2;        // Retry-After while a role is being restarted
constexpr std::int64_t kPagePatience = 10'000'000;  // microseconds
// Client::dispatcher holds the instance in its low byte and above it how often that one was lost.
constexpr std::uint32_t kInstanceBits = 8;
// How long the connections of a dispatcher that has ended may take to finish their answers.
constexpr Milliseconds kOrphanTime{30000};
// Clients that are told that every place is taken; more are closed without a word.
constexpr std::size_t kRefusing = 128;
constexpr int kRetryAfterSeconds = 2;

std::size_t CapacityOf(std::size_t open_files) {
  rlimit limit{};
  if (open_files == 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) Die("RLIMIT_NOFILE cannot be read");
  if (open_files == 0) open_files = static_cast<std::size_t>(limit.rlim_cur);
  return AppPlaces(open_files);
}

bool AsksToComeBack(const Response& response) {
  return View(response.fields()).find("Retry-After:") != std::string_view::npos;
}

TrustedProxies ProxiesOf(const Config& config) {
  return MustHave(TrustedProxies::Parse(config.trusted_proxies()));  // checked when the configuration was read
}

}  // namespace

const App::Route App::kRoutes[] = {
    {"/", true, false, &App::Root},
    {"/zoobar/index.cgi", true, true, &App::Home},
    {"/zoobar/index.cgi/", true, true, &App::Home},
    {"/zoobar/index.cgi/login", true, true, &App::Login},
    {"/zoobar/index.cgi/logout", true, true, &App::Logout},
    {"/zoobar/index.cgi/users", true, false, &App::Users},
    {"/zoobar/index.cgi/members", true, false, &App::Members},
    {"/zoobar/index.cgi/journal", true, false, &App::OwnJournal},
    {"/zoobar/index.cgi/transfer", true, true, &App::Transfer},
    {"/zoobar/index.cgi/account", true, true, &App::Account},
    {"/zoobar/index.cgi/program", true, true, &App::Program},
    {"/zoobar/index.cgi/manual", true, false, &App::Manual},
    {"/zoobar/index.cgi/zoobarjs", true, false, &App::ZoobarJs},
    {"/zoobar/index.cgi/echo", true, false, &App::Echo},
    {"/zoobar/index.cgi/strength", false, true, &App::Strength},
};

App::App(Site& site, std::size_t open_files)
    : site_(site),
      auth_(site.peer(ROLE_AUTH)),
      bank_(site.peer(ROLE_BANK)),
      profile_(site.peer(ROLE_PROFILE)),
      echo_(site.peer(ROLE_ECHO)),
      dispatcher_(site.peer(ROLE_DISPATCHER)),
      min_password_(site.config().auth().min_password_length()),
      min_score_(site.config().auth().min_password_score()),
      profile_limit_(site.config().profile().max_source_bytes()),
      manual_(ManualOf(site.config().profile())),
      routes_(MustHave(RouteTable::From(site.config()))),
      capacity_(CapacityOf(open_files)),
      connections_(site.loop(), *this,
                   {HttpLimits::From(site.config().http()), ProxiesOf(site.config()), kKeepIdle, true}),
      pages_in_work_(site.loop(), kPages),
      entering_(site.loop(), kEntering),
      texts_(site.loop(), TextsOf(site.config())),
      tell_again_(site.loop()) {
  site.service().Handle(&App::Serve, this);
  site.service().Handle(&App::LetGo, this);
  site.Count("connections", [this] { return static_cast<std::int64_t>(connections_.size()); });
  site.Count("connections.capacity", [this] { return static_cast<std::int64_t>(capacity_); });
  site.Count("connections.orphans", [this] { return static_cast<std::int64_t>(connections_.orphans()); });
  site.Count("connections.turned_away", [this] { return turned_away_; });
  site.Count("requests", [this] { return served_; });
  site.Count("requests.unavailable", [this] { return unavailable_; });
  CountQueue(site, "pages", pages_in_work_);
  CountQueue(site, "entering", entering_);
  CountQueue(site, "texts", texts_);
}

Task<Result<Outgoing<ServeReply>>> App::Serve(Incoming<ServeRequest> call) {
  if (call.fds.size() != 1) co_return Error::Of("Serve came with {} descriptors", call.fds.size());
  Client client;
  client.peer = IpAddress::Parse(call.message.address()).value_or(IpAddress());
  client.number = call.message.connection();
  client.dispatcher = DispatcherTag(call.from.instance);
  ServeReply reply;
  if (MakeRoom()) {
    connections_.Adopt(std::move(call.fds[0]), client, std::move(call.secret));
    co_return reply;
  }
  ++turned_away_;
  if (connections_.size() < capacity_ + kRefusing) {
    connections_.Refuse(
        std::move(call.fds[0]), client,
        Response::Busy(fmt::format("All {} places for pages are taken.", capacity_), kRetryAfterSeconds));
  } else {
    Tell(client, true, {});
  }
  co_return reply;
}

Task<Result<Outgoing<Nothing>>> App::LetGo(Incoming<LetGoRequest> call) {
  Client client;
  client.number = call.message.connection();
  client.dispatcher = DispatcherTag(call.from.instance);
  connections_.EndSoon(client, kOrphanTime);
  co_return Nothing();
}

// Whether one connection more may be served. A new one goes before those of a dispatcher that has ended.
bool App::MakeRoom() { return connections_.size() < capacity_ || connections_.CloseOldestOrphan(); }

void App::Drain(std::function<void()> done) {
  connections_.Drain([this, done = std::move(done)] { in_flight_.Drain(done); });
}

void App::Reload(const Config& config) {
  Result<RouteTable> routes = RouteTable::From(config);
  Result<TrustedProxies> trusted = TrustedProxies::Parse(config.trusted_proxies());
  if (!routes.ok() || !trusted.ok()) {
    return site_.log().Failure("reload-refused", {{"why", routes.ok() ? trusted.error().text : routes.error().text}});
  }
  routes_ = std::move(*routes);
  connections_.SetLimits(HttpLimits::From(config.http()), std::move(*trusted));
  min_password_ = config.auth().min_password_length();
  min_score_ = config.auth().min_password_score();
  profile_limit_ = config.profile().max_source_bytes();
  texts_.SetLimits(TextsOf(config));
  manual_ = ManualOf(config.profile());
}

// A new dispatcher numbers its connections anew: what an earlier one handed over is none of its business. Its own limit
// is on those it knows, so that the earlier ones must end here, or the two kinds together would be too many.
void App::PeerLost(Role role, std::uint32_t instance) {
  if (role != ROLE_DISPATCHER) return;
  const std::uint32_t lost = DispatcherTag(instance);
  ++dispatcher_starts_[instance];
  untold_.erase(instance);
  connections_.Orphan([lost](const Client& client) { return client.dispatcher == lost; }, kOrphanTime);
}

std::uint32_t App::DispatcherTag(std::uint32_t instance) const {
  const auto found = dispatcher_starts_.find(instance);
  return (found == dispatcher_starts_.end() ? 0 : found->second) << kInstanceBits | instance;
}

// --- Connections ---

Verdict App::OnHead(HttpConnection&, const RequestHead& head) {
  return routes_.Find(head.path()) == ROLE_APP ? Verdict::kServe : Verdict::kDetach;
}

void App::OnRequest(Exchange exchange, Request request) { Spawn(Answer(std::move(exchange), std::move(request))); }

bool App::Tell(const Client& client, bool closed, Bytes unread) {
  const std::uint32_t instance = client.dispatcher & ((1u << kInstanceBits) - 1);
  if (client.dispatcher != DispatcherTag(instance) || !dispatcher_.Instance(instance)) return false;
  std::deque<Untold>& untold = untold_[instance];
  untold.push_back({client, closed, std::move(unread)});
  if (untold.size() == 1) TellAgain();
  return true;
}

void App::TellAgain() {
  bool waiting = false;
  for (auto& [instance, untold] : untold_) {
    const auto channel = dispatcher_.Instance(instance);
    while (channel && !untold.empty()) {
      const Untold& next = untold.front();
      TakeBackRequest back;
      back.set_connection(next.client.number);
      back.set_closed(next.closed);
      back.set_requests(next.client.requests);
      if (!channel->Send(back, next.unread)) break;
      untold.pop_front();
    }
    waiting = waiting || !untold.empty();
  }
  if (waiting) tell_again_.Start(kTellAgain, [this] { TellAgain(); });
}

void App::OnDetached(Client client, Fd socket, Bytes unread, Departure) {
  // A dispatcher that cannot be told may hold a duplicate still: the client sees the end all the same.
  if (!Tell(client, false, std::move(unread))) shutdown(socket.get(), SHUT_WR);
}

void App::OnClosed(const Client& client) { Tell(client, true, {}); }

void App::OnServed(const Served& served) {
  ++served_;
  AccessRequest::Entry entry;
  entry.set_address(served.address.Text());
  entry.set_method(std::string(served.method));
  entry.set_path(MendUtf8(served.path));
  entry.set_status(served.status);
  entry.set_bytes(served.bytes);
  entry.set_micros(served.micros);
  entry.set_member(std::string(served.member));
  site_.log().Access(std::move(entry));
}

// --- One request ---

Task<void> App::Answer(Exchange exchange, Request request) {
  const InFlight::Call counted(in_flight_);
  Response response;
  {
    auto responding = Respond(std::move(request), exchange);
    response = co_await responding;
  }
  // What was asked is not kept during the pause, nor the turn of the page.
  if (AsksToComeBack(response)) {
    auto pause = Sleep(site_.loop(), kRefusalPause);
    co_await pause;
  }
  exchange.Answer(std::move(response));
}

Task<Response> App::Respond(Request request, const Exchange& exchange) {
  Visit visit;
  FairQueue::Ask ask;
  ask.principal = AddressPrincipal(request.address.Text());
  visit.turn = pages_in_work_.Try(ask);  // nearly always: no coroutine is made for it
  if (!visit.turn.granted()) {
    auto admitting = Admit(std::move(ask), exchange);
    visit.turn = co_await admitting;
  }
  if (!visit.turn.granted()) co_return TooManyPages(visit.turn.retry_after_s());
  visit.request = std::move(request);
  Result<Response> response = co_await Page(visit);
  if (response.ok()) co_return std::move(*response);
  ++unavailable_;
  site_.log().Warning("page-unavailable", {{"path", MendUtf8(visit.head().path())}, {"why", response.error().text}});
  co_return Sorry(visit, response.error().cause);
}

Response App::TooManyPages(std::int64_t retry_after_s) const {
  Response busy =
      Message(503, "The site is busy", "Too many pages are asked for at once. Nothing was done; try again.");
  busy.AddField("Retry-After", std::to_string(retry_after_s));
  return busy;
}

Task<FairQueue::Turn> App::Admit(FairQueue::Ask ask, const Exchange& exchange) {
  ask.deadline = MonotonicMicros() + kPagePatience;
  ask.gone = [&exchange] { return !exchange.alive(); };
  auto waiting = pages_in_work_.Wait(std::move(ask));
  co_return co_await waiting;
}

Task<FairQueue::Turn> App::AdmitLasting(Visit& visit, FairQueue& queue, std::string principal) {
  visit.turn.End();
  FairQueue::Ask ask;
  ask.principal = std::move(principal);
  ask.deadline = MonotonicMicros() + kPagePatience;
  ask.begins = true;  // how long it lasts is for the other role to bound
  auto waiting = queue.Wait(std::move(ask));
  co_return co_await waiting;
}

// What is answered before any page is asked: nothing if the page may be.
std::optional<Response> App::Gate(Visit& visit, const Route* route) const {
  if (!route) return Message(404, "Not found", "There is no page at this address.");
  const HttpMethod method = visit.head().method;
  const bool reads = method == HttpMethod::kGet || method == HttpMethod::kHead;
  if (!(reads && route->get) && !(visit.posted() && route->post)) {
    Response response = Message(405, "Not like this", "This page does not take that kind of request.");
    response.AddField("Allow", !route->get ? "POST" : route->post ? "GET, HEAD, POST" : "GET, HEAD");
    return response;
  }
  if (visit.posted() && IsCrossSite(visit.head())) {
    site_.log().Security("cross-site-post", {{"path", route->path}, {"address", visit.request.address.Text()}});
    return Message(403, "Refused",
                   "Another site sent this form. If it was you, go to the page and send it from there.");
  }
  if (!visit.request.body.empty() && !HasFormBody(visit.head())) {
    return Message(415, "Not a form", "Forms are sent as application/x-www-form-urlencoded.");
  }
  Result<FormFields> query = FormFields::Parse(visit.head().query());
  Result<FormFields> form = FormFields::Parse(View(visit.request.body));
  if (!query.ok() || !form.ok()) return Message(400, "Garbled", "The request is not properly encoded.");
  visit.query = std::move(*query);
  visit.form = std::move(*form);
  return std::nullopt;
}

App::Answered App::Page(Visit& visit) {
  const Route* const route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                          [&](const Route& one) { return one.path == visit.head().path(); });
  std::optional<Response> refused = Gate(visit, route == std::end(kRoutes) ? nullptr : route);
  if (refused) co_return std::move(*refused);
  const auto token = [&visit](std::string_view cookie) {
    return ToBytes(TokenOrNothing(FindCookie(visit.head(), CookieName(cookie, visit.request.secure)).value_or("")));
  };
  visit.token = token(kSessionCookie);
  visit.device = token(kDeviceCookie);
  co_return co_await (this->*route->page)(visit);
}

Response App::Html(std::string body, std::string_view member) {
  Response response;
  response.body = std::move(body);
  response.member = member;
  return response;
}

Response App::Message(int status, std::string_view heading, std::string_view text) const {
  MessagePage page;
  page.status = static_cast<unsigned>(status);
  page.heading = heading;
  page.text = text;
  Response response = Html(pages_.Render(page));
  response.status = status;
  return response;
}

// The page of a request that could not be answered, as far as it is known what was done.
Response App::Sorry(const Visit& visit, Cause cause) const {
  const auto say = [this](std::string_view heading, const std::string& text, std::uint32_t retry_after_s) {
    Response page = Message(503, heading, text);
    page.AddField("Retry-After", std::to_string(retry_after_s));
    return page;
  };
  const bool certain = !visit.acted && (cause == Cause::kNoRoom || cause == Cause::kBusy);
  const std::string_view then = certain ? "What you asked for was not done."
                                : visit.posted() || visit.acted
                                    ? "Look whether it was done before you ask for it again."
                                    : "Please try again.";
  switch (cause) {
    case Cause::kNoRoom:
      return say("No room", fmt::format("The disk has no room. {} The operator has been told.", then), kNoRoomSeconds);
    case Cause::kBusy:
      return say("The site is busy", fmt::format("There is more to do than this site can do at once. {}", then),
                 kRestartSeconds);
    case Cause::kGone:
      return say("Back in a moment", fmt::format("A part of the bank is being restarted. {}", then), kRestartSeconds);
    case Cause::kOther:
      break;
  }
  return say("No answer", fmt::format("A part of the bank gave no answer. {}", then), kRestartSeconds);
}

App::Answered App::Root(Visit&) { co_return Response::Redirect(302, kHomePath); }

const RoleSpec kAppRole = {
    .role = ROLE_APP,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<App>(site); },
    .default_routes = kDefaultRoutes,
};

}  // namespace zoobar
