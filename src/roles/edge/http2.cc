#include "roles/edge/http2.h"

#include <algorithm>

#include "http/access_entry.h"
#include "roles/edge/pairs.h"

namespace zoobar {
namespace {

constexpr int kReads = 4, kWrites = 8;  // records before other connections have their turn

Http2Limits LimitsOf(const Config& config) {
  Http2Limits limits;
  limits.http = HttpLimits::From(config.http());
  return limits;
}

}  // namespace

Http2Plan::Http2Plan(Site& role_site, TurnShares& turns, std::size_t extra_pairs)
    : site(role_site),
      shared(role_site.loop(), turns, LimitsOf(role_site.config())),
      most_extra(extra_pairs),
      most_extra_of_one(extra_pairs / 4) {}

Http2::Http2(ProtocolHost& host, Http2Plan& plan)
    : host_(host), plan_(plan), connection_(plan.shared, host.address(), Hooks()) {}

Http2::~Http2() {
  // Also the places of pairs that are still being opened. After this, connection_'s destructor finds none.
  for (const std::uint64_t number : std::exchange(extra_, {})) plan_.extra.Free(host_.address(), number);
  if (!connection_.abused()) return;
  plan_.site.log().Security("http2-abused", {{"address", host_.address().Text()}, {"why", connection_.why()}});
}

Http2Connection::Hooks Http2::Hooks() {
  Http2Connection::Hooks hooks;
  hooks.connect = [this](std::size_t held) { return Connect(held); };
  hooks.disconnected = [this] { Disconnected(); };
  hooks.output = [this] {
    if (host_.over()) return;
    unread_ ? Run() : Settle();
  };
  hooks.served = [this](const zoobar::Served& served) { plan_.site.log().Access(AccessEntryOf(served)); };
  hooks.failed = [this](std::string_view why) { plan_.site.log().Warning("no-response", {{"why", why}}); };
  return hooks;
}

bool Http2::Connect(std::size_t held) {
  if (held > 0) {
    const bool share = plan_.extra.HeldBy(host_.address()) < plan_.most_extra_of_one;
    if (!share || plan_.extra.size() >= plan_.most_extra) return false;
    extra_.push_back(++plan_.last_extra);
    plan_.extra.Take(host_.address(), extra_.back());
  }
  Spawn(OpenPair(weak_from_this(), host_.pairs(), host_.address()));
  return true;
}

Task<void> Http2::OpenPair(std::weak_ptr<Http2> alive, Pairs& pairs, IpAddress address) {
  auto opening = pairs.Open(address, Bytes(), [alive] { return alive.expired(); });
  Result<Fd> pair = co_await opening;
  const std::shared_ptr<Http2> self = alive.lock();
  if (!self || self->host_.over()) co_return;
  Fd socket;
  if (pair.ok()) {
    socket = std::move(*pair);
  } else {
    self->Disconnected();
  }
  self->connection_.Connected(std::move(socket));
}

void Http2::Disconnected() {
  if (extra_.empty()) return;
  plan_.extra.Free(host_.address(), extra_.back());
  extra_.pop_back();
}

void Http2::Begin() {
  host_.Allow(Patience::kElsewhere);  // Http2Connection watches the time
  Run();
}

void Http2::Proceed(int) { Run(); }

void Http2::Run() {
  if (!Read()) return host_.Leave();
  Settle();
}

// Returns false if the connection is of no use any more.
bool Http2::Read() {
  unread_ = true;
  read_wants_write_ = false;
  for (int i = 0; i < kReads && connection_.wants_input(); ++i) {
    const std::span<char> block = host_.scratch();
    std::size_t got = 0;
    const TlsStream::Outcome outcome = host_.stream().Read(block, got);
    if (outcome == TlsStream::Outcome::kFailed || outcome == TlsStream::Outcome::kEnded) return false;
    if (outcome != TlsStream::Outcome::kDone) {
      read_wants_write_ = outcome == TlsStream::Outcome::kWantWrite;
      unread_ = false;
      return true;
    }
    connection_.Receive({block.data(), got});
    sodium_memzero(block.data(), got);
    if (!host_.stream().holds_bytes()) {  // whatever comes later makes the socket readable again
      unread_ = false;
      return true;
    }
  }
  return true;
}

// Returns false if the connection is of no use any more.
bool Http2::Write() {
  blocked_ = write_wants_read_ = false;
  for (int i = 0; i < kWrites; ++i) {
    const std::string_view bytes = connection_.output();
    if (bytes.empty()) return true;
    std::size_t put = 0;
    const TlsStream::Outcome outcome = host_.stream().Write(bytes, put);
    write_wants_read_ = outcome == TlsStream::Outcome::kWantRead;
    if (outcome == TlsStream::Outcome::kWantWrite || write_wants_read_) {
      blocked_ = !write_wants_read_;
      return true;
    }
    if (outcome != TlsStream::Outcome::kDone) return false;
    connection_.Wrote(put);
  }
  blocked_ = true;  // not by the client: the next turn goes on
  return true;
}

// Writes what is there, and chooses what to wait for.
void Http2::Settle() {
  if (!Write()) return host_.Leave();
  if (connection_.finished()) return host_.Finish();
  int events = 0;
  if (connection_.wants_input() || write_wants_read_) events |= UV_READABLE;
  // Decrypted bytes may be in libssl's buffer: the socket says nothing of them. A writable socket brings the next turn.
  if (blocked_ || read_wants_write_ || (unread_ && connection_.wants_input())) events |= UV_WRITABLE;
  host_.WatchClient(events);
}

}  // namespace zoobar
