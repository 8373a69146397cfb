#include "roles/dispatcher.h"

#include <sys/socket.h>

#include <algorithm>

#include "http/access_entry.h"
#include "http/redirect.h"
#include "site/challenge.h"
#include "site/queue_counters.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls, hand connections over and take them back"},
    {Calls::kAccept, "to accept connections on the listening sockets it was given, and to see which clients have left"},
    {Calls::kServeHttp, "to read request heads and to answer for files and refusals"},
    {Calls::kSendFile, "to check files that static has opened, and to send them"},
};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 65536}};

// If connections are over a limit, at most this many get a refusal at the same time. The others are closed without an
// answer.
constexpr std::size_t kRefusing = 128;
constexpr std::string_view kFiles = "files", kChallenges = "challenges", kRedirects = "redirects";  // for figures
constexpr int kRetryAfterSeconds = 5, kRetryAfterRestSeconds = 60;

TrustedProxies ProxiesOf(const Config& config) { return MustHave(TrustedProxies::Parse(config.trusted_proxies())); }

Connections::Options OptionsFor(const Config& config) {
  Connections::Options options;
  options.limits = HttpLimits::From(config.http());
  options.trusted = ProxiesOf(config);
  options.traced_per_second = config.log().traced_per_second();
  options.numbered = true;
  return options;
}

bool Reads(HttpMethod method) { return method == HttpMethod::kGet || method == HttpMethod::kHead; }

Response NotFound() { return Response::Message(404, "Not Found", "There is no such page."); }

Response NotAllowed() {
  Response response = Response::Message(405, "Method Not Allowed", "Only GET and HEAD are served here.");
  response.AddField("Allow", "GET, HEAD");
  return response;
}

}  // namespace

Dispatcher::Dispatcher(Site& site, std::size_t open_files)
    : site_(site),
      open_files_(OpenFilesOr(open_files)),
      unnamed_(Acceptor::Unnamed(site.config(), false, open_files_)),
      plan_(DescriptorPlan::For(ConnectionsWanted(site.config(), open_files_), open_files_ - unnamed_)),
      routes_(MustHave(RouteTable::From(site.config()))),
      files_(site, plan_.files, plan_.loads),
      challenges_(site),
      connections_(site.loop(), *this, OptionsFor(site.config())),
      acceptor_(site, plan_.connections, site.config().http().connections_per_address(), unnamed_,
                {.on_entry =
                     [this](IpAddress peer, std::uint64_t number, Fd socket, Acceptor::Entry entry, Acceptor::Way way) {
                       Client client;
                       client.peer = client.asker = peer;
                       client.number = number;
                       client.secure = way.secure;
                       client.https_port = way.https_port;
                       Welcome(client, std::move(socket), entry);
                     },
                 .give_way =
                     [this](std::uint64_t number, bool also_busy) {
                       Client client;
                       client.number = number;
                       const auto let_go = [number](const auto& each) { return each.second->LetGo(number); };
                       return connections_.GiveWay(client, also_busy) ||
                              (also_busy && std::ranges::any_of(handovers_, let_go));
                     }}) {
  MakeHandovers();
  acceptor_.SetLimits(plan_.connections, site.config().http().connections_per_address(), ProxiesOf(site.config()));
  site.service().Handle(&Dispatcher::TakeBack, this);
  site.service().Handle(&Dispatcher::FileChanged, this);
  site.service().Handle(&Dispatcher::Accept, this);
  CountThings();
  if (plan_.connections < site.config().http().connections()) {
    site.log().Info("connections-bounded",
                    {{"by", "open files and what app and login serve"}, {"to", std::to_string(plan_.connections)}});
  }
}

void Dispatcher::MakeHandovers() {
  const auto back = [this](Client client, Fd socket, Bytes unread) {
    connections_.Adopt(std::move(socket), client, std::move(unread));
  };
  const auto unserved = [this](Client client, Fd socket, std::int64_t retry_after_s) {
    const Response busy =
        Response::Busy("The pages are busy or being restarted. Please try again.", static_cast<int>(retry_after_s));
    connections_.Refuse(std::move(socket), client, busy);
  };
  const auto ended = [this](const Client& client) { Ended(client); };
  for (const Role role : kPageRoles) {
    handovers_[role] = std::make_unique<Handover>(
        site_, role, plan_.in_flight, plan_.connections,
        Handover::Events{
            .on_back = back, .on_unserved = unserved, .on_ended = ended, .on_all_brought = [this] { EndDrain(); }});
  }
}

Handover* Dispatcher::HandoverTo(Role role) const {
  const auto found = handovers_.find(role);
  return found == handovers_.end() ? nullptr : found->second.get();
}

std::size_t Dispatcher::away() const {
  std::size_t sum = 0;
  for (const auto& [role, handover] : handovers_) sum += handover->size();
  return sum;
}

std::size_t Dispatcher::underway() const {
  std::size_t sum = 0;
  for (const auto& [role, handover] : handovers_) sum += handover->underway();
  return sum;
}

Task<Result<Outgoing<Nothing>>> Dispatcher::TakeBack(Incoming<TakeBackRequest> call) {
  Handover* const handover = HandoverTo(call.from.role);
  if (!handover || !handover->TakeBack(call.from.instance, call.message, std::move(call.secret))) {
    co_return Error::Of("connection {} is not at {}.{}", call.message.connection(), RoleName(call.from.role),
                        call.from.instance);
  }
  Nothing nothing;
  co_return nothing;
}

Task<Result<Outgoing<Nothing>>> Dispatcher::FileChanged(Incoming<FileChangedRequest> call) {
  files_.Drop(call.message.path());
  Nothing nothing;
  co_return nothing;
}

Task<Result<Outgoing<AcceptReply>>> Dispatcher::Accept(Incoming<AcceptRequest> call) {
  const std::optional<IpAddress> address = IpAddress::Parse(call.message.address());
  if (!address || call.fds.size() != 1) co_return Error{"a connection needs its address and one descriptor"};
  const int flags = fcntl(call.fds[0].get(), F_GETFL);
  if (flags < 0 || fcntl(call.fds[0].get(), F_SETFL, flags | O_NONBLOCK) != 0) co_return Error::FromErrno("Accept");
  acceptor_.Enter(*address, std::move(call.fds[0]), {.secure = true, .https_port = 0});
  AcceptReply reply;
  co_return reply;
}

void Dispatcher::Welcome(Client client, Fd socket, Acceptor::Entry entry) {
  switch (entry) {
    case Acceptor::Entry::kWelcome:
      return connections_.Adopt(std::move(socket), client);
    case Acceptor::Entry::kFull:
      return TurnAway(
          client, std::move(socket),
          Response::Busy(fmt::format("All {} connections are in use.", acceptor_.capacity()), kRetryAfterSeconds),
          kRefusing);
    case Acceptor::Entry::kAddressFull:
      return TurnAway(
          client, std::move(socket),
          Response::Busy(fmt::format("Your address has reached its limit of {} connections.", acceptor_.per_address()),
                         kRetryAfterSeconds),
          kRefusing / 2);
    case Acceptor::Entry::kResting:
      return TurnAway(
          client, std::move(socket),
          Response::Busy("This site takes no visitors now, because it is being maintained. Please try again later.",
                         kRetryAfterRestSeconds),
          kRefusing);
  }
}

// Sends the refusal. The connection's number is 0, because it holds no place. If `at_most` refusals are being sent
// already, the connection is closed without an answer.
void Dispatcher::TurnAway(Client client, Fd socket, const Response& response, std::size_t at_most) {
  if (refusing_ >= at_most) return;
  ++refusing_;
  connections_.Refuse(std::move(socket), client, response);
}

void Dispatcher::OnClosed(const Client& client) { Ended(client); }

void Dispatcher::Ended(const Client& client) {
  if (client.number == 0) {
    --refusing_;
  } else {
    acceptor_.Left(client.peer, client.number);
  }
  EndDrain();
}

void Dispatcher::EndDrain() {
  // Connections at app and login live on without this process. They end after their next response there.
  if (drained_ && connections_.size() == 0 && (leaving_ ? underway() : away()) == 0) std::exchange(drained_, nullptr)();
}

Verdict Dispatcher::OnHead(HttpConnection& connection, const RequestHead& head) {
  const bool challenge = IsChallengePath(head.path());
  if (connection.client().https_port != 0 && !connection.from().secure && !challenge) {
    const Response response = RedirectToHttps(head, connection.client().https_port);
    head.has_body() ? connection.AnswerWithoutBody(response) : connection.AnswerNow(response);
    return Verdict::kAnswered;
  }
  if (challenge) return Verdict::kServe;  // whatever routes the configuration gives to static
  const Role role = routes_.Find(head.path());
  if (HandoverTo(role)) {
    next_role_ = role;
    return Verdict::kDetach;
  }
  if (head.has_body()) return Verdict::kServe;
  if (role == ROLE_STATIC && Reads(head.method)) return AnswerFile(connection, head);
  connection.AnswerNow(WithoutFile(head, role));
  return Verdict::kAnswered;
}

// Makes the response when no file is served, because the method is not allowed for files, or because no role serves the
// path. "/" is redirected to the home page.
Response Dispatcher::WithoutFile(const RequestHead& head, Role role) {
  const bool root = head.path() == "/";
  if (role != ROLE_STATIC && !root) return NotFound();
  return Reads(head.method) && root ? Response::Redirect(302, "/zoobar/index.cgi/") : NotAllowed();
}

Verdict Dispatcher::AnswerFile(HttpConnection& connection, const RequestHead& head) {
  const StaticCache::Found found = files_.Find(head.path());
  if (!found.known) return Verdict::kServe;
  if (found.file) {
    found.file->AnswerTo(head, [&](const PreparedResponse& response) { connection.AnswerNow(response); });
  } else {
    connection.AnswerNow(NotFound());
  }
  return Verdict::kAnswered;
}

// Called for a request that OnHead could not answer at once, because its file is not in the cache, because it is for a
// challenge or because it has a body.
void Dispatcher::OnRequest(Exchange exchange, Request request) {
  const bool challenge = IsChallengePath(request.head.path());
  const Role role = challenge ? ROLE_STATIC : routes_.Find(request.head.path());
  if (role != ROLE_STATIC || !Reads(request.head.method)) return exchange.Answer(WithoutFile(request.head, role));
  if (challenge) {
    Spawn(ServeChallenge(std::move(exchange), std::move(request)));
  } else {
    Spawn(ServeFile(std::move(exchange), std::move(request)));
  }
}

Task<void> Dispatcher::ServeFile(Exchange exchange, Request request) {
  std::string path(request.head.path());
  std::function<bool()> gone = [&exchange] { return !exchange.alive(); };
  auto file = files_.Load(std::move(path), AddressPrincipal(request.address.Text()), std::move(gone));
  const StaticCache::Loaded loaded = co_await file;
  if (!loaded.why.empty()) {
    exchange.Answer(Response::Busy(loaded.why, static_cast<int>(loaded.retry_after_s)));
  } else if (!loaded.file) {
    exchange.Answer(NotFound());
  } else {
    loaded.file->AnswerTo(request.head, [&](const PreparedResponse& response) { exchange.Answer(response); });
  }
}

Task<void> Dispatcher::ServeChallenge(Exchange exchange, Request request) {
  std::function<bool()> gone = [&exchange] { return !exchange.alive(); };
  auto answer = challenges_.Answer(std::string(request.head.path()), AddressPrincipal(request.address.Text()), gone);
  Response response = co_await answer;
  exchange.Answer(std::move(response));
}

void Dispatcher::OnDetached(Client client, Fd socket, Bytes unread, Departure) {
  HandoverTo(next_role_)->Send(client, std::move(socket), std::move(unread));
}

void Dispatcher::OnServed(const Served& served) {
  site_.log().Access(AccessEntryOf(served));
  const bool redirect = served.status >= 300 && served.status < 400 && served.status != 304;
  const bool challenge = served.path.starts_with(kChallengePath);
  figures_.Add(redirect ? kRedirects : challenge ? kChallenges : kFiles, served.status, served.micros);
}

void Dispatcher::Drain(std::function<void()> done) {
  drained_ = std::move(done);
  if (!acceptor_.resting()) acceptor_.Shut();
  connections_.Drain([] {});  // Ended calls `done` after the last connection, here or at another role
  EndDrain();
}

void Dispatcher::Reload(const Config& config) {
  Result<RouteTable> routes = RouteTable::From(config);
  Result<TrustedProxies> trusted = TrustedProxies::Parse(config.trusted_proxies());
  if (!routes.ok() || !trusted.ok()) {
    return site_.log().Failure("reload-refused", {{"why", routes.ok() ? trusted.error().text : routes.error().text}});
  }
  routes_ = std::move(*routes);
  acceptor_.SetLimits(std::min<std::size_t>(plan_.connections, ConnectionsWanted(config, open_files_)),
                      config.http().connections_per_address(), *trusted);
  connections_.SetLimits(HttpLimits::From(config.http()), std::move(*trusted));
  connections_.SetTracedPerSecond(config.log().traced_per_second());
}

void Dispatcher::PeerWired(Role role, std::uint32_t, std::int32_t, Fd) {
  if (Handover* const handover = HandoverTo(role)) handover->RoleWired();
}

void Dispatcher::PeerLost(Role role, std::uint32_t instance) {
  if (Handover* const handover = HandoverTo(role)) handover->RoleLost(instance);
  if (role == ROLE_STATIC) files_.Forget();
}

void Dispatcher::CountThings() {
  const auto count = [this](const std::string& name, std::function<std::size_t()> value) {
    site_.Count(name, [value = std::move(value)] { return static_cast<std::int64_t>(value()); });
  };
  count("connections", [this] { return acceptor_.count(); });
  count("connections.capacity", [this] { return acceptor_.capacity(); });
  count("connections.idle", [this] { return connections_.idle(); });
  for (const auto& [role, handover] : handovers_) {
    const std::string name(RoleName(role));
    count("connections.at_" + name, [one = handover.get()] { return one->size(); });
    count("connections.waiting_for_" + name, [one = handover.get()] { return one->waiting(); });
    CountQueue(site_, "handover." + name, handover->queue());
  }
  for (const std::string_view route : {kFiles, kChallenges, kRedirects}) figures_.AddRoute(route);
  site_.SetRequests(figures_);
  count("draining", [this] { return acceptor_.resting() ? 1 : 0; });
  count("connections.accepted", [this] { return static_cast<std::size_t>(acceptor_.accepted()); });
  count("connections.turned_away", [this] { return static_cast<std::size_t>(acceptor_.turned_away()); });
  count("connections.gave_way", [this] { return static_cast<std::size_t>(acceptor_.gave_way()); });
  count("connections.from_strangers", [this] { return static_cast<std::size_t>(acceptor_.gate().strangers()); });
  count("connections.unnamed", [this] { return acceptor_.gate().waiting(); });
  count("connections.header_refused", [this] { return static_cast<std::size_t>(acceptor_.gate().refused()); });
  count("challenges.served", [this] { return static_cast<std::size_t>(challenges_.served()); });
  count("requests", [this] { return static_cast<std::size_t>(connections_.requests()); });
  count("files.cached", [this] { return files_.size(); });
  count("files.cached_bytes", [this] { return files_.memory(); });
  count("files.missing", [this] { return files_.missing(); });
  count("files.unavailable", [this] { return static_cast<std::size_t>(files_.unavailable()); });
  CountQueue(site_, "files", files_.queue());
  CountQueue(site_, "challenges", challenges_.queue());
}

const RoleSpec kDispatcherRole = {
    .role = ROLE_DISPATCHER,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Dispatcher>(site); },
};

}  // namespace zoobar
