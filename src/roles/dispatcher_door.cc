#include "roles/dispatcher_door.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace zoobar {
namespace {

constexpr std::size_t kOwn = 64;    // event loop, channels, listening sockets, what is on its way in
constexpr int kAtOnce = 64;         // connections accepted before others have their turn
constexpr Milliseconds kRest{100};  // before the next try when no descriptor is left

}  // namespace

DescriptorPlan DescriptorPlan::For(std::size_t wanted, std::size_t open_files) {
  DescriptorPlan plan;
  plan.files = std::clamp<std::size_t>(open_files / 32, 1, 64);
  plan.in_flight = std::clamp<std::size_t>(open_files / 4, 1, 512);
  const std::size_t spent = kOwn + plan.files + plan.in_flight;
  plan.connections = std::clamp<std::size_t>(wanted, 1, open_files > spent ? open_files - spent : 1);
  return plan;
}

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
  if (count_ >= capacity_ && !events_.make_room()) {
    ++turned_away_;
    return events_.on_entry(peer, std::move(socket), Entry::kFull);
  }
  std::uint32_t& of_address = by_address_[peer.CapKey()];
  if (of_address >= per_address_ && !exempt_.Trusts(peer)) {
    ++turned_away_;
    return events_.on_entry(peer, std::move(socket), Entry::kAddressFull);
  }
  ++of_address;
  ++count_;
  events_.on_entry(peer, std::move(socket), Entry::kWelcome);
}

void Door::Left(const IpAddress& peer) {
  --count_;
  const auto found = by_address_.find(peer.CapKey());
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

// A connection that cannot be accepted stays in the queue and would wake the loop for ever: the spare descriptor takes
// it out, and it ends at once.
void Door::OutOfDescriptors(Listener& listener) {
  ++turned_away_;
  site_.log().Warning("no-descriptor-left", {{"why", std::strerror(errno)}});
  spare_.Close();
  Fd(accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)).Close();
  spare_ = listener.socket.Duplicate();
  events_.make_room();
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
