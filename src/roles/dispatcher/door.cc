#include "roles/dispatcher/door.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "site/places.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr int kAtOnce = 64;          // connections accepted before others have their turn
constexpr Milliseconds kRest{100};   // before the next try when no descriptor is left
constexpr std::size_t kLooks = 256;  // shares, and connections of one, that are looked at for one that gives way

}  // namespace

Door::Door(Site& site, std::size_t capacity, std::size_t per_address, Events events)
    : site_(site), capacity_(capacity), per_address_(per_address), events_(std::move(events)), rest_(site.loop()) {
  for (const std::string& name : site.PassedNames()) {
    if (name.starts_with("listener.")) Listen(site.TakePassed(name));
  }
  if (!listeners_.empty()) spare_ = listeners_.front().socket.Duplicate();
}

void Door::Listen(Fd socket) {
  const int on = 1;
  // Accepted sockets inherit it; answers are written whole, so nothing is gained by waiting for more.
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Listener& listener = listeners_.emplace_back();
  listener.socket = std::move(socket);
  listener.watch.emplace(site_.loop(), listener.socket.get(), [this, &listener](int) { Accept(listener); });
  listener.watch->Set(UV_READABLE);
}

void Door::Accept(Listener& listener) {
  for (int i = 0; i < kAtOnce && listener.socket; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    Fd socket(
        accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) OutOfDescriptors(listener);
      return;  // none is waiting, or this one is gone already: the loop comes back
    }
    ++accepted_;
    Enter(IpAddress::Of(address).value_or(IpAddress()), std::move(socket));
  }
}

void Door::Enter(IpAddress peer, Fd socket) {
  const auto turn_away = [&](Entry entry) {
    ++turned_away_;
    events_.on_entry(peer, 0, std::move(socket), entry);
  };
  const bool at_its_cap = places_.HeldBy(peer) >= per_address() && !exempt_.Trusts(peer);
  if (at_its_cap && !GiveWay(*places_.Of(peer), false)) return turn_away(Entry::kAddressFull);
  if (places_.size() >= capacity_ && !MakeRoom(peer)) return turn_away(Entry::kFull);
  const std::uint64_t number = ++last_number_;
  places_.Take(peer, number);
  events_.on_entry(peer, number, std::move(socket), Entry::kWelcome);
}

void Door::Left(const IpAddress& peer, std::uint64_t number) { places_.Free(peer, number); }

// A place for one more connection of this address, from one that holds more. Trusted proxies stand for many clients:
// what they hold gives way to their own alone.
bool Door::MakeRoom(const IpAddress& peer) {
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

// Ends the share's oldest connection that may end.
bool Door::GiveWay(const Places::Share& share, bool also_busy) {
  std::size_t looks = kLooks;
  for (auto number = share.numbers.begin(); number != share.numbers.end() && looks-- > 0; ++number) {
    if (!events_.give_way(*number, also_busy)) continue;
    ++gave_way_;
    return true;
  }
  return false;
}

std::size_t Door::AddressShare(std::size_t configured, std::size_t capacity) {
  return std::min(capacity, configured != 0 ? configured : std::max(kRoomForAClass, capacity / 4));
}

// A connection that cannot be accepted stays in the queue and would wake the loop for ever: the spare descriptor takes
// it out, and it ends at once.
void Door::OutOfDescriptors(Listener& listener) {
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

void Door::Shut() {
  rest_.Stop();
  spare_.Close();
  for (Listener& listener : listeners_) {
    listener.watch.reset();
    listener.socket.Close();
  }
}

void Door::SetLimits(std::size_t capacity, std::size_t per_address, TrustedProxies exempt) {
  capacity_ = capacity;
  per_address_ = per_address;
  exempt_ = std::move(exempt);
}

}  // namespace zoobar
