// The part of PageRole that keeps the connections that dispatchers hand over, until they are closed or given back.
#include <fmt/format.h>
#include <sys/socket.h>

#include "http/access_entry.h"
#include "site/places.h"
#include "site/queue_counters.h"
#include "web/page_role.h"

namespace zoobar {
namespace {

// If the dispatcher's channel had no room for a TakeBack, it is sent again after this time.
constexpr Milliseconds kTellAgain{5};
// Client::dispatcher holds the dispatcher's instance in its low byte, and above it how often this role has lost that
// instance.
constexpr std::uint32_t kInstanceBits = 8;
// When a dispatcher has ended, its connections have this long to finish their answers.
constexpr Milliseconds kOrphanTime{30000};
// If every place is taken, at most this many clients are told so at the same time. Further connections are closed
// without an answer.
constexpr std::size_t kRefusing = 128;
constexpr int kRetryAfterSeconds = 2;
// After this time without a request, a connection goes back to the dispatcher, which keeps it at less cost.
constexpr Milliseconds kKeepIdle{1000};
// The pages that a role works on at the same time. They are enough to keep the other roles busy, and few enough that no
// page waits long for its turn. One address may be a whole classroom, so it has many places to wait in.
constexpr FairQueue::Limits kPages = {
    .slots = 192, .slots_per_principal = 96, .waiting = 4096, .waiting_per_principal = 1024};

Connections::Options OptionsFor(const Config& config) {
  Connections::Options options;
  options.limits = HttpLimits::From(config.http());
  options.trusted = MustHave(TrustedProxies::Parse(config.trusted_proxies()));  // checked when it was read
  options.traced_per_second = config.log().traced_per_second();
  options.detach_idle = kKeepIdle;
  options.numbered = true;
  options.first_bytes = kFirstBytes;
  return options;
}

}  // namespace

PageRole::PageRole(Site& site, Role role, std::size_t open_files)
    : site_(site),
      role_(role),
      dispatcher_(site.peer(ROLE_DISPATCHER)),
      routes_(MustHave(RouteTable::From(site.config()))),
      capacity_(PagePlaces(OpenFilesOr(open_files))),
      connections_(site.loop(), *this, OptionsFor(site.config())),
      pages_in_work_(site.loop(), kPages),
      tell_again_(site.loop()) {
  pages_.OfferTasks(site.config().has_tasks());
  CountThings();
}

void PageRole::CountThings() {
  site_.Count("connections", [this] { return static_cast<std::int64_t>(connections_.size()); });
  site_.Count("connections.capacity", [this] { return static_cast<std::int64_t>(capacity_); });
  site_.Count("connections.orphans", [this] { return static_cast<std::int64_t>(connections_.orphans()); });
  site_.Count("connections.turned_away", [this] { return turned_away_; });
  site_.Count("requests", [this] { return served_; });
  site_.Count("requests.unavailable", [this] { return unavailable_; });
  CountQueue(site_, "pages", pages_in_work_);
  site_.SetRequests(figures_);
}

void PageRole::Drain(std::function<void()> done) {
  connections_.Drain([this, done = std::move(done)] { in_flight_.Drain(done); });
}

void PageRole::Reload(const Config& config) {
  Result<RouteTable> routes = RouteTable::From(config);
  Result<TrustedProxies> trusted = TrustedProxies::Parse(config.trusted_proxies());
  if (!routes.ok() || !trusted.ok()) {
    return site_.log().Failure("reload-refused", {{"why", routes.ok() ? trusted.error().text : routes.error().text}});
  }
  routes_ = std::move(*routes);
  connections_.SetLimits(HttpLimits::From(config.http()), std::move(*trusted));
  connections_.SetTracedPerSecond(config.log().traced_per_second());
  pages_.OfferTasks(config.has_tasks());
}

Result<Outgoing<ServeReply>> PageRole::TakeConnection(Caller from, const ServeRequest& request, std::vector<Fd> fds,
                                                      Bytes unread) {
  if (fds.size() != 1) return Error::Of("Serve came with {} descriptors", fds.size());
  Client client;
  client.peer = IpAddress::Parse(request.address()).value_or(IpAddress());
  client.number = request.connection();
  client.secure = request.secure();
  client.https_port = request.https_port();
  client.dispatcher = DispatcherTag(from.instance);
  client.request = CurrentRequest();  // the call carries the id that the dispatcher gave to the request in `unread`
  const ServeReply reply;
  if (MakeRoom()) {
    connections_.Adopt(std::move(fds[0]), client, std::move(unread));
    return Outgoing<ServeReply>(reply);
  }
  ++turned_away_;
  if (connections_.size() < capacity_ + kRefusing) {
    connections_.Refuse(std::move(fds[0]), client,
                        Response::Busy(fmt::format("All {} places for pages are taken. Please try again.", capacity_),
                                       kRetryAfterSeconds));
  } else {
    Tell(client, true, {});
  }
  return Outgoing<ServeReply>(reply);
}

void PageRole::LetConnectionGo(Caller from, const LetGoRequest& request) {
  Client client;
  client.number = request.connection();
  client.dispatcher = DispatcherTag(from.instance);
  connections_.EndSoon(client, kOrphanTime);
}

// Returns whether there is a place for one more connection. If needed, closes a connection whose dispatcher has ended
// to make a place.
bool PageRole::MakeRoom() { return connections_.size() < capacity_ || connections_.CloseOldestOrphan(); }

// A new dispatcher numbers its connections from the start, and does not know the connections of the earlier dispatcher.
// Its limit counts only its own connections. So the earlier connections must end here, because old and new connections
// together would be too many.
void PageRole::PeerLost(Role role, std::uint32_t instance) {
  if (role != ROLE_DISPATCHER) return;
  const std::uint32_t lost = DispatcherTag(instance);
  ++dispatcher_starts_[instance];
  untold_.erase(instance);
  connections_.Orphan([lost](const Client& client) { return client.dispatcher == lost; }, kOrphanTime);
}

std::uint32_t PageRole::DispatcherTag(std::uint32_t instance) const {
  const auto found = dispatcher_starts_.find(instance);
  return (found == dispatcher_starts_.end() ? 0 : found->second) << kInstanceBits | instance;
}

Verdict PageRole::OnHead(HttpConnection& connection, const RequestHead& head) {
  const bool redirected = connection.client().https_port != 0 && !connection.from().secure;
  return !redirected && ServesPath(head.path()) ? Verdict::kServe : Verdict::kDetach;
}

bool PageRole::ServesPath(std::string_view path) { return routes_.Find(path) == role_; }

void PageRole::OnRequest(Exchange exchange, Request request) { Spawn(Answer(std::move(exchange), std::move(request))); }

bool PageRole::Tell(const Client& client, bool closed, Bytes unread) {
  const std::uint32_t instance = client.dispatcher & ((1u << kInstanceBits) - 1);
  if (client.dispatcher != DispatcherTag(instance) || !dispatcher_.Instance(instance)) return false;
  std::deque<Untold>& untold = untold_[instance];
  untold.push_back({client, closed, std::move(unread)});
  if (untold.size() == 1) TellAgain();
  return true;
}

void PageRole::TellAgain() {
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

void PageRole::OnDetached(Client client, Fd socket, Bytes unread, Departure) {
  // If the dispatcher cannot be told, it may still hold a duplicate of the socket. The shutdown ends the connection for
  // the client even then.
  if (!Tell(client, false, std::move(unread))) shutdown(socket.get(), SHUT_WR);
}

void PageRole::OnClosed(const Client& client) { Tell(client, true, {}); }

void PageRole::OnServed(const Served& served) {
  ++served_;
  figures_.Add(served.path, served.status, served.micros);
  site_.log().Access(AccessEntryOf(served));
}

}  // namespace zoobar
