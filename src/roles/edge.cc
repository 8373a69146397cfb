#include "roles/edge.h"

#include <algorithm>

#include "ipc/try.h"
#include "roles/edge/relay.h"
#include "site/places.h"
#include "site/queue_counters.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls, to ask keys, and to compute"},
    {Calls::kAccept, "to accept connections on the listening sockets it was given"},
    {Calls::kServeHttp, "to read and write the clients' connections and the pairs"},
    {Calls::kSocketPairs, "to make the pairs whose other ends the dispatcher gets"},
};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 65536}};

constexpr std::size_t kBlock = 16 * 1024;    // one TLS record
constexpr std::size_t kOwnDescriptors = 64;  // for the loop, channels and listening sockets
constexpr std::size_t kInFlight = 512;       // pairs on their way to the dispatcher
constexpr Milliseconds kSweep{250}, kClosing{2000}, kAskAgain{1000};
// While the site stops, a client that has just connected has this long to finish its handshake and to begin its request.
constexpr Milliseconds kFirstRequest{500};
constexpr std::size_t kLooks = 256;  // at most this many addresses are tried for room

std::size_t InFlight(std::size_t open_files) { return std::clamp<std::size_t>(open_files / 4, 1, kInFlight); }

// A connection has two descriptors: its socket, and its end of a pair. At least a quarter of the descriptors is kept for
// further pairs of HTTP/2.
std::size_t Capacity(const Config& config, std::size_t open_files) {
  const std::size_t spent = kOwnDescriptors + InFlight(open_files) + Acceptor::Unnamed(config, true, open_files);
  const std::size_t room = open_files > spent ? (open_files - spent) * 3 / 8 : 1;
  return std::clamp<std::size_t>(config.http().connections(), 1, std::max<std::size_t>(room, 1));
}

// Pairs beyond the first one of each connection, for HTTP/2: what is left of the descriptors.
std::size_t ExtraPairs(std::size_t capacity, std::size_t open_files) {
  const std::size_t spent = kOwnDescriptors + InFlight(open_files) + 2 * capacity;
  return open_files > spent ? open_files - spent : 0;
}

}  // namespace

Edge::Edge(Site& site, std::size_t open_files)
    : site_(site),
      open_files_(OpenFilesOr(open_files)),
      capacity_(Capacity(site.config(), open_files_)),
      unnamed_(Acceptor::Unnamed(site.config(), true, open_files_)),
      limits_(site.config().http()),
      proxies_(MustHave(TrustedProxies::Parse(site.config().trusted_proxies()))),
      turns_(site.loop()),
      signatures_(site, [this] { Refresh(); }),
      pairs_(site, InFlight(open_files_), capacity_),
      http2_(site, turns_, ExtraPairs(capacity_, open_files_)),
      server_(signatures_, {std::string(Http2::kName), "http/1.1"}),
      sweep_(site.loop()),
      refresh_(site.loop()),
      last_call_(site.loop()) {
  scratch_.resize(kBlock);
  site.service().Handle(&Edge::CertificatesChanged, this);
  CountThings();
}

Edge::~Edge() {
  acceptor_.reset();
  connections_.clear();
  left_.clear();
}

Task<Result<Outgoing<Nothing>>> Edge::CertificatesChanged(Incoming<CertificatesChangedRequest>) {
  Refresh();
  Nothing nothing;
  co_return nothing;
}

void Edge::PeerWired(Role role, std::uint32_t, std::int32_t, Fd) {
  if (role == ROLE_KEYS) Refresh();
}

// ---- certificates and keys of tickets

void Edge::Refresh() {
  ask_again_ = asking_;
  if (!std::exchange(asking_, true)) Spawn(AskKeys(*this, alive_));
}

Task<void> Edge::AskKeys(Edge& self, std::weak_ptr<bool> alive) {
  Peer& keys = self.site_.peer(ROLE_KEYS);
  auto certificates = keys.Call<CertificatesReply>(CertificatesRequest());
  const Result<Incoming<CertificatesReply>> got = co_await certificates;
  if (alive.expired()) co_return;
  auto tickets = keys.Call<TicketKeysReply>(TicketKeysRequest());
  const Result<Incoming<TicketKeysReply>> drawn = co_await tickets;
  if (alive.expired()) co_return;
  self.asking_ = false;
  if (got.ok()) {
    const Status used = self.server_.Use(got->message);
    if (!used.ok()) self.site_.log().Failure("certificate-unusable", {{"file", "keys"}, {"why", used.error().text}});
    self.OpenForClients();
  }
  if (drawn.ok()) self.TakeTicketKeys(drawn->message, drawn->secret);
  if (!got.ok() || !drawn.ok()) self.refresh_.Start(kAskAgain, [&self] { self.Refresh(); });
  if (std::exchange(self.ask_again_, false)) self.Refresh();
}

void Edge::TakeTicketKeys(const TicketKeysReply& reply, const Bytes& secret) {
  const std::int64_t now = MonotonicMicros() / 1000;
  std::vector<TicketSealer::Key> keys;
  for (int i = 0; i < reply.keys_size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i) * TicketSealer::kKeyBytes;
    if (at + TicketSealer::kKeyBytes > secret.size()) break;
    TicketSealer::Key& key = keys.emplace_back();
    key.bytes.assign(secret.begin() + static_cast<std::ptrdiff_t>(at),
                     secret.begin() + static_cast<std::ptrdiff_t>(at + TicketSealer::kKeyBytes));
    key.expires_ms = now + reply.keys(i).expires_in_ms();
  }
  server_.tickets().Use(std::move(keys), now);
  refresh_.Start(Milliseconds(std::max<std::int64_t>(reply.next_in_ms(), 1) + kAskAgain.count()),
                 [this] { Refresh(); });
}

// Until keys has told the certificates, new connections wait in the kernel's queue. So neither a restart of this process
// nor of keys makes a handshake fail.
void Edge::OpenForClients() {
  if (acceptor_ || (draining_ && !resting_)) return;
  acceptor_.emplace(
      site_, capacity_, limits_.connections_per_address(), unnamed_,
      Acceptor::Events{
          .on_entry =
              [this](IpAddress peer, std::uint64_t number, Fd socket, Acceptor::Entry entry, Acceptor::Way) {
                if (entry != Acceptor::Entry::kWelcome) {
                  ++turned_away_;
                  return;
                }
                const std::int64_t began = MonotonicMicros();
                Welcome(peer, number, std::move(socket));
                turns_.Charge(peer.CapKey(), MonotonicMicros() - began);
              },
          .give_way = [this](std::uint64_t number, bool also_busy) { return GiveWay(number, also_busy); }});
  acceptor_->SetLimits(capacity_, limits_.connections_per_address(), proxies_);
  if (resting_) acceptor_->Rest();
  if (acceptor_->listening() && !server_.has_certificate()) {
    site_.log().Warning("no-certificate", {{"means", "no TLS handshake can succeed; see `tls` in the configuration"}});
  }
}

// ---- connections

void Edge::Welcome(IpAddress peer, std::uint64_t number, Fd socket) {
  MakeRoomForHandshake(peer);
  Result<SslPtr> ssl = server_.Accept(socket.get());
  if (!ssl.ok()) {
    ++failed_;
    return acceptor_->Left(peer, number);
  }
  auto connection = std::make_unique<Connection>(*this, number, peer, std::move(socket), std::move(*ssl));
  Connection& fresh = *connection;
  auto& list = waiting_[static_cast<std::size_t>(Patience::kElsewhere)];
  fresh.place_ = list.insert(list.end(), &fresh);
  if (connections_.empty()) sweep_.StartEvery(kSweep, [this] { Sweep(uv_now(site_.loop().uv())); });
  connections_.emplace(number, std::move(connection));
  handshakes_.Take(peer, number);
  fresh.Start();
}

void Edge::MakeRoomForHandshake(const IpAddress& peer) {
  const auto end_oldest = [this](const Places::Share& share) {
    const auto found = connections_.find(*share.numbers.begin());
    ++cut_off_;
    found->second->Leave();
    return true;
  };
  const bool own = handshakes_.HeldBy(peer) >= kHandshakesOfOne && !proxies_.Trusts(peer);
  if (own) {
    end_oldest(*handshakes_.Of(peer));
  } else if (handshakes_.size() >= kHandshakes) {
    handshakes_.LargestFirst(0, kLooks, end_oldest);
  }
}

bool Edge::GiveWay(std::uint64_t number, bool also_busy) {
  const auto found = connections_.find(number);
  if (found == connections_.end() || (!also_busy && !found->second->quiet())) return false;
  found->second->Leave();
  return true;
}

std::int64_t Edge::HandshakeDeadline() const {
  return MonotonicMicros() + std::chrono::microseconds(TimeFor(Patience::kHandshake)).count();
}

void Edge::Allow(Connection& connection, Patience patience) {
  auto& from = waiting_[static_cast<std::size_t>(connection.patience_)];
  auto& to = waiting_[static_cast<std::size_t>(patience)];
  to.splice(to.end(), from, connection.place_);
  connection.patience_ = patience;
  connection.due_ms_ = uv_now(site_.loop().uv()) + static_cast<std::uint64_t>(TimeFor(patience).count());
}

std::shared_ptr<Protocol> Edge::Begin(Connection& connection) {
  handshakes_.Free(connection.address(), connection.number());
  ++done_;
  resumed_ += connection.stream().resumed();
  tls13_ += connection.stream().tls13();
  if (connection.stream().protocol() == Http2::kName) return std::make_shared<Http2>(connection, http2_);
  return std::make_shared<Relay>(connection);
}

void Edge::Left(Connection& connection) {
  const auto found = connections_.find(connection.number());
  waiting_[static_cast<std::size_t>(connection.patience_)].erase(connection.place_);
  handshakes_.Free(connection.address(), connection.number());
  if (left_.empty())
    site_.loop().AtEndOfTurn([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) left_.clear();
    });
  left_.push_back(std::move(found->second));
  connections_.erase(found);
  if (connections_.empty()) sweep_.Stop();
  acceptor_->Left(connection.address(), connection.number());
  if (draining_ && connections_.empty() && drained_) std::exchange(drained_, nullptr)();
}

Milliseconds Edge::TimeFor(Patience patience) const {
  switch (patience) {
    case Patience::kHandshake:
      return Milliseconds(1000LL * limits_.handshake_seconds());
    case Patience::kQuiet:
      return Milliseconds(1000LL * limits_.idle_seconds());
    case Patience::kStalled:
      return Milliseconds(1000LL * limits_.write_seconds());
    case Patience::kClosing:
      return kClosing;
    case Patience::kElsewhere:
      break;
  }
  return Milliseconds(0);
}

void Edge::Sweep(std::uint64_t now) {
  for (const Patience patience : {Patience::kHandshake, Patience::kQuiet, Patience::kStalled, Patience::kClosing}) {
    auto& list = waiting_[static_cast<std::size_t>(patience)];
    while (!list.empty() && list.front()->due_ms_ <= now) {
      cut_off_ += patience != Patience::kClosing;
      list.front()->Expire();
    }
  }
  server_.tickets().Expire(MonotonicMicros() / 1000);
}

// New connections are accepted and closed, so that a client or a load balancer need not wait to learn that it must go
// elsewhere.
void Edge::Rest() {
  resting_ = true;
  if (acceptor_) acceptor_->Rest();
}

void Edge::Drain(std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  if (acceptor_ && !resting_) acceptor_->Shut();
  DrainConnections(false);
  last_call_.Start(kFirstRequest, [this] { DrainConnections(true); });
}

void Edge::DrainConnections(bool also_fresh) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(connections_.size());
  for (const auto& [number, connection] : connections_) {
    if (also_fresh || !connection->fresh()) numbers.push_back(number);
  }
  for (const std::uint64_t number : numbers) {
    if (const auto found = connections_.find(number); found != connections_.end()) found->second->Drain();
  }
  if (connections_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void Edge::Reload(const Config& config) {
  Result<TrustedProxies> proxies = TrustedProxies::Parse(config.trusted_proxies());
  if (!proxies.ok()) return site_.log().Failure("reload-refused", {{"why", proxies.error().text}});
  limits_ = config.http();
  http2_.shared.limits.http = HttpLimits::From(config.http());
  proxies_ = std::move(*proxies);
  if (!acceptor_) return;
  acceptor_->SetLimits(std::min<std::size_t>(capacity_, limits_.connections()), limits_.connections_per_address(),
                       proxies_);
}

void Edge::CountThings() {
  const auto count = [this](const char* name, auto value) {
    site_.Count(name, [value] { return static_cast<std::int64_t>(value()); });
  };
  count("connections", [this] { return connections_.size(); });
  count("connections.capacity", [this] { return capacity_; });
  count("connections.quiet", [this] { return waiting_[static_cast<std::size_t>(Patience::kQuiet)].size(); });
  count("connections.accepted", [this] { return acceptor_ ? acceptor_->accepted() : 0; });
  count("connections.turned_away", [this] { return turned_away_; });
  count("connections.gave_way", [this] { return acceptor_ ? acceptor_->gave_way() : 0; });
  count("connections.from_strangers", [this] { return acceptor_ ? acceptor_->gate().strangers() : 0; });
  count("connections.unnamed", [this] { return acceptor_ ? acceptor_->gate().waiting() : 0; });
  count("connections.header_refused", [this] { return acceptor_ ? acceptor_->gate().refused() : 0; });
  count("connections.cut_off", [this] { return cut_off_; });
  count("handshakes", [this] { return done_; });
  count("handshakes.now", [this] { return handshakes_.size(); });
  count("handshakes.failed", [this] { return failed_; });
  count("handshakes.resumed", [this] { return resumed_; });
  count("handshakes.tls13", [this] { return tls13_; });
  count("handshakes.waiting_for_keys",
        [this] { return signatures_.queue().figures().waiting + signatures_.queue().figures().running; });
  count("handshakes.unsigned", [this] { return signatures_.failed(); });
  const Http2Shared& http2 = http2_.shared;
  count("http2.connections", [&http2] { return http2.connections(); });
  count("http2.streams", [&http2] { return http2.figures.streams; });
  count("http2.streams.waiting", [&http2] { return http2.figures.waiting; });
  count("http2.pairs", [&http2] { return http2.figures.backends; });
  count("http2.pairs.extra", [this] { return http2_.extra.size(); });
  count("http2.held_bytes", [&http2] { return http2.held(); });
  count("http2.requests", [&http2] { return http2.figures.requests; });
  count("http2.resets", [&http2] { return http2.figures.resets; });
  count("http2.abused", [&http2] { return http2.figures.calmed; });
  count("http2.no_response", [&http2] { return http2.figures.failed; });
  count("ticket_keys", [this] { return server_.tickets().size(); });
  CountQueue(site_, "signatures", signatures_.queue());
  CountQueue(site_, "pairs", pairs_.queue());
}

const RoleSpec kEdgeRole = {
    .role = ROLE_EDGE,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      StartOpenssl();
      return std::make_unique<Edge>(site);
    },
};

}  // namespace zoobar
