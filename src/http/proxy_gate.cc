#include "http/proxy_gate.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "http/proxy_header.h"

namespace zoobar {
namespace {

constexpr Milliseconds kGatePeriod{250};  // between two looks for connections whose time is over

}  // namespace

ProxyGate::ProxyGate(Loop& loop, std::size_t capacity, Milliseconds patience)
    : loop_(loop), capacity_(std::max<std::size_t>(capacity, 1)), patience_(patience), sweep_(loop) {}

ProxyGate::~ProxyGate() = default;

void ProxyGate::Enter(const IpAddress& peer, Fd socket, const TrustedProxies& trusted, Named named) {
  if (!trusted.Trusts(peer)) {
    ++strangers_;
    return;
  }
  if (waiting_.size() >= capacity_) MakeRoom();
  if (waiting_.empty()) sweep_.StartEvery(kGatePeriod, [this] { Sweep(); });
  const std::uint64_t due = uv_now(loop_.uv()) + static_cast<std::uint64_t>(patience_.count());
  waiting_.push_back({peer, std::move(socket), due, {}, ProxyHeader::kFixedPart, std::move(named), nullptr});
  ++held_[peer];
  Read(std::prev(waiting_.end()));
}

// Reads what has arrived. Watches the socket if the header is not complete then.
void ProxyGate::Read(Place place) {
  bool whole = false;
  if (!ReadMore(*place, &whole)) return Refuse(place);
  if (whole) return Finish(place);
  if (place->watch) return;
  place->watch = std::make_unique<Watch>(loop_, place->socket.get(), [this, place](int) { Read(place); });
  place->watch->Set(UV_READABLE);
}

// Reads up to the header's last byte, and no further. Returns false if the header cannot become valid any more.
bool ProxyGate::ReadMore(Waiting& waiting, bool* whole) {
  while (waiting.header.size() < waiting.wanted) {
    const std::size_t have = waiting.header.size();
    waiting.header.resize(waiting.wanted);
    const ssize_t count = recv(waiting.socket.get(), waiting.header.data() + have, waiting.wanted - have, MSG_DONTWAIT);
    const int error = errno;
    waiting.header.resize(have + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count < 0 && error == EINTR) continue;
    if (count < 0 && error == EAGAIN) return true;
    if (count <= 0) return false;
    if (waiting.header.size() < ProxyHeader::kFixedPart) continue;
    const Result<std::size_t> size = ProxyHeader::Size(View(waiting.header));
    if (!size.ok()) return false;
    waiting.wanted = *size;
  }
  *whole = true;
  return true;
}

void ProxyGate::Finish(Place place) {
  const Result<ProxyHeader> header = ProxyHeader::Parse(View(place->header));
  if (!header.ok()) return Refuse(place);
  Waiting done = Take(place);
  done.named(header->client.value_or(done.proxy), std::move(done.socket));
}

void ProxyGate::Refuse(Place place) {
  ++refused_;
  Take(place);
}

// Removes a connection from those that wait.
ProxyGate::Waiting ProxyGate::Take(Place place) {
  Waiting taken = std::move(*place);
  taken.watch.reset();
  waiting_.erase(place);
  if (--held_[taken.proxy] == 0) held_.erase(taken.proxy);
  if (waiting_.empty()) sweep_.Stop();
  return taken;
}

void ProxyGate::MakeRoom() {
  const auto most =
      std::max_element(held_.begin(), held_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const IpAddress proxy = most->first;
  Refuse(std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& each) { return each.proxy == proxy; }));
}

void ProxyGate::Sweep() {
  while (!waiting_.empty() && uv_now(loop_.uv()) >= waiting_.front().due) Refuse(waiting_.begin());
}

void ProxyGate::Shut() {
  waiting_.clear();
  held_.clear();
  sweep_.Stop();
}

}  // namespace zoobar
