#include "listen/acceptor.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "site/places.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr int kAtOnce = 16;          // connections accepted before the event loop goes on to other descriptors
constexpr Milliseconds kRest{100};   // the pause in accepting after the process ran out of descriptors
constexpr std::size_t kLooks = 256;  // at most this many shares, and connections of one share, are tried

constexpr std::string_view kPrefix = "listener.";

// The settings of the listener that was passed under this name. A socket that another program has bound (systemd) may
// have no row in the configuration. Then every setting has its default.
Config::Listen SettingsOf(const Config& config, std::string_view name) {
  int number = -1;
  name.remove_prefix(kPrefix.size());
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number >= 0 && number < config.listen_size() ? config.listen(number) : Config::Listen();
}

}  // namespace

std::size_t Acceptor::Unnamed(const Config& config, bool tls, std::size_t open_files) {
  const bool any = std::ranges::any_of(
      config.listen(), [tls](const Config::Listen& each) { return each.proxy_protocol() && each.tls() == tls; });
  return any ? std::clamp<std::size_t>(open_files / 64, 1, 256) : 0;
}

Acceptor::Acceptor(Site& site, std::size_t capacity, std::size_t per_address, std::size_t unnamed, Events events)
    : site_(site),
      capacity_(capacity),
      per_address_(per_address),
      events_(std::move(events)),
      rest_(site.loop()),
      gate_(site.loop(), unnamed) {
  for (const std::string& name : site.PassedNames()) {
    if (name.starts_with(kPrefix)) Listen(SettingsOf(site.config(), name), site.TakePassed(name));
  }
  if (!listeners_.empty()) spare_ = listeners_.front().socket.Duplicate();
}

void Acceptor::Listen(const Config::Listen& settings, Fd socket) {
  const int on = 1;
  // Accepted sockets inherit this option. Each response is written in one piece, so it would not help if the kernel
  // waited for more bytes.
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Listener& listener = listeners_.emplace_back();
  listener.expects_header = settings.proxy_protocol();
  if (settings.redirect_to_https()) listener.way.https_port = settings.https_port();
  listener.socket = std::move(socket);
  listener.watch.emplace(site_.loop(), listener.socket.get(), [this, &listener](int) { Accept(listener); });
  listener.watch->Set(UV_READABLE);
}

void Acceptor::Accept(Listener& listener) {
  for (int i = 0; i < kAtOnce && listener.socket; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    Fd socket(
        accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) OutOfDescriptors(listener);
      return;  // no connection is waiting, or the client has left already; the loop calls again
    }
    ++accepted_;
    const IpAddress peer = IpAddress::Of(address).value_or(IpAddress());
    if (!listener.expects_header) {
      Enter(peer, std::move(socket), listener.way);
    } else {
      gate_.Enter(peer, std::move(socket), exempt_,
                  [this, way = listener.way](IpAddress client, Fd named) { Enter(client, std::move(named), way); });
    }
  }
}

void Acceptor::Enter(IpAddress peer, Fd socket, Way way) {
  const auto turn_away = [&](Entry entry) {
    ++turned_away_;
    events_.on_entry(peer, 0, std::move(socket), entry, way);
  };
  if (resting_) return turn_away(Entry::kResting);
  const bool at_its_cap = places_.HeldBy(peer) >= per_address() && !exempt_.Trusts(peer);
  if (at_its_cap && !GiveWay(*places_.Of(peer), false)) return turn_away(Entry::kAddressFull);
  if (places_.size() >= capacity_ && !MakeRoom(peer)) return turn_away(Entry::kFull);
  const std::uint64_t number = ++last_number_;
  places_.Take(peer, number);
  events_.on_entry(peer, number, std::move(socket), Entry::kWelcome, way);
}

void Acceptor::Left(const IpAddress& peer, std::uint64_t number) { places_.Free(peer, number); }

// Frees a place for a connection of this address. Ends a connection of an address that holds more, or else a connection
// of this address. A trusted proxy stands for many clients, so its connections give way only to newer connections of
// the same proxy.
bool Acceptor::MakeRoom(const IpAddress& peer) {
  const std::size_t held = places_.HeldBy(peer);
  const bool made = places_.LargestFirst(held, kLooks, [&](const Places::Share& share) {
    if (exempt_.Trusts(share.peer)) return false;
    const bool far_larger = share.numbers.size() >= held + 2;
    return GiveWay(share, false) || (far_larger && GiveWay(share, true));
  });
  if (made) return true;
  const Places::Share* own = places_.Of(peer);
  return own && GiveWay(*own, false);
}

// Ends the oldest connection of this share that may be ended. Returns false if there is none.
bool Acceptor::GiveWay(const Places::Share& share, bool also_busy) {
  std::size_t looks = kLooks;
  for (auto number = share.numbers.begin(); number != share.numbers.end() && looks-- > 0; ++number) {
    if (!events_.give_way(*number, also_busy)) continue;
    ++gave_way_;
    return true;
  }
  return false;
}

std::size_t Acceptor::AddressShare(std::size_t configured, std::size_t capacity) {
  return std::min(capacity, configured != 0 ? configured : std::max(kRoomForAClass, capacity / 4));
}

// A connection that cannot be accepted stays in the kernel's queue and wakes the loop again and again. So the spare
// descriptor is closed, the connection is accepted with the descriptor that is now free, and then the connection is
// closed at once.
void Acceptor::OutOfDescriptors(Listener& listener) {
  ++turned_away_;
  site_.log().Warning("no-descriptor-left", {{"why", std::strerror(errno)}});
  spare_.Close();
  Fd(accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)).Close();
  spare_ = listener.socket.Duplicate();
  MakeRoom(IpAddress());
  for (Listener& each : listeners_) each.watch->Set(0);
  rest_.Start(kRest, [this] {
    for (Listener& each : listeners_) each.watch->Set(UV_READABLE);
  });
}

void Acceptor::Shut() {
  rest_.Stop();
  gate_.Shut();
  spare_.Close();
  for (Listener& listener : listeners_) {
    listener.watch.reset();
    listener.socket.Close();
  }
}

void Acceptor::SetLimits(std::size_t capacity, std::size_t per_address, TrustedProxies exempt) {
  capacity_ = capacity;
  per_address_ = per_address;
  exempt_ = std::move(exempt);
}

}  // namespace zoobar
