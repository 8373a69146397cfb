#include "roles/dispatcher/handover.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace zoobar {
namespace {

// Returns which of `events` the socket has now, with POLLERR and POLLHUP. Does not wait.
short Look(const Fd& socket, short events) {
  pollfd look{socket.get(), events, 0};
  return poll(&look, 1, 0) == 1 ? look.revents : 0;
}

// Whether the client is gone: its connection was reset, or edge has closed its end of a socket pair.
bool IsReset(const Fd& socket) { return Look(socket, 0) & (POLLERR | POLLHUP); }

std::uint64_t Count(Milliseconds time) { return static_cast<std::uint64_t>(time.count()); }

}  // namespace

Handover::Handover(Site& site, Role role, std::size_t max_in_flight, std::size_t max_waiting, Events events)
    : site_(site),
      role_(role),
      events_(std::move(events)),
      queue_(site.loop(), {.slots = std::min(max_in_flight, Channel::kMaxInFlight / 2),
                           .slots_per_principal = max_in_flight - max_in_flight / 4,
                           .slots_per_lane = max_in_flight,
                           .waiting = max_waiting,
                           .waiting_per_principal = max_waiting}),
      patience_(site.loop()) {}

void Handover::Send(Client client, Fd socket, Bytes unread) {
  const std::uint64_t number = client.number, stay = ++stays_;
  Away& away = away_[number];
  away.client = client;
  away.socket = std::move(socket);
  away.unread = std::move(unread);
  away.stay = stay;
  away.since = away.without_role = Now();
  Spawn(BringOne(number, stay));
}

Task<void> Handover::BringOne(std::uint64_t number, std::uint64_t stay) {
  ++underway_;
  auto bringing = Bring(number, stay);
  co_await bringing;
  if (--underway_ == 0 && events_.on_all_brought) events_.on_all_brought();
}

Handover::Away* Handover::Find(std::uint64_t number, std::uint64_t stay) {
  const auto found = away_.find(number);
  return found != away_.end() && found->second.stay == stay ? &found->second : nullptr;
}

Task<void> Handover::Bring(std::uint64_t number, std::uint64_t stay) {
  while (Away* away = Find(number, stay)) {
    if (!site_.peer(role_).wired()) {
      const std::uint64_t due = away->without_role + Count(kPatience);
      if (Now() >= due) {
        Unserved(number, 1);
        co_return;
      }
      const auto wired = std::make_shared<Promised<bool>>();
      if (for_role_.empty()) patience_.Start(Milliseconds(due - Now()), [this] { PatienceEnds(); });
      for_role_.push_back({due, wired});
      Promised<bool>& arrived = *wired;
      co_await arrived;
      continue;
    }
    auto next_turn = TakeTurn(number, stay);
    FairQueue::Turn turn = co_await next_turn;
    away = Find(number, stay);
    if (!away) {
      turn.Cancel();
    } else if (!turn.granted()) {
      Unserved(number, turn.retry_after_s());
    } else if (std::shared_ptr<Channel> to = site_.peer(role_).Next()) {
      auto delivered = Deliver(number, stay, std::move(to));
      co_await delivered;
    } else {
      turn.Cancel();
      away->without_role = Now();  // the role died just now, so kPatience begins only now
      continue;
    }
    co_return;
  }
}

// Waits for a turn and watches the client during the wait. If the client leaves, its place is free at once.
Task<FairQueue::Turn> Handover::TakeTurn(std::uint64_t number, std::uint64_t stay) {
  Away* away = Find(number, stay);
  FairQueue::Ask ask;
  ask.principal = AddressPrincipal(away->client.asker.Text());
  FairQueue::Turn at_once = queue_.Try(ask);
  if (at_once.granted()) co_return at_once;
  WatchForLeaving(*away);
  ask.deadline = MonotonicMicros() + std::chrono::microseconds(kWaitLimit).count();
  ask.gone = [this, number, stay] { return Find(number, stay) == nullptr; };
  auto next_turn = queue_.Wait(std::move(ask));
  FairQueue::Turn turn = co_await next_turn;
  away = Find(number, stay);
  if (!away) co_return turn;
  away->watch.reset();
  if (IsReset(away->socket)) End(number);
  co_return turn;
}

void Handover::WatchForLeaving(Away& away) {
  // A client that has already shut down its sending side may still wait for the response, so it is not watched.
  if (Look(away.socket, POLLRDHUP) != 0) return;
  const std::uint64_t number = away.client.number;
  away.watch = std::make_unique<Watch>(site_.loop(), away.socket.get(), [this, number](int) {
    Away& leaving = away_.at(number);
    if (IsReset(leaving.socket) || Now() >= leaving.since + Count(kLastWord)) return End(number);
    leaving.watch->Set(0);
  });
  away.watch->Set(UV_DISCONNECT);
}

Task<void> Handover::Deliver(std::uint64_t number, std::uint64_t stay, std::shared_ptr<Channel> to) {
  Away& away = *Find(number, stay);
  away.sent = true;
  const std::int64_t began = away.began;
  away.instance = to->peer().instance;
  ServeRequest request;
  request.set_connection(number);
  request.set_address(away.client.peer.Text());
  request.set_secure(away.client.secure);
  request.set_https_port(away.client.https_port);
  std::vector<Fd> sockets;
  sockets.push_back(away.socket.Duplicate());
  if (!sockets[0]) {  // no descriptor is left, so this connection ends and others can go on
    End(number);
    co_return;
  }
  auto acknowledgement = CallServe(*to, std::move(request), std::move(away.unread), std::move(sockets));
  const Result<Incoming<ServeReply>> reply = co_await acknowledgement;
  Away* const there = Find(number, stay);
  site_.log().Trace(reply.ok() ? "handed-over" : "hand-over-failed", MonotonicMicros() - began,
                    {"to", RoleName(role_)});
  if (!reply.ok()) {
    // It is not known whether the role has the connection. So the dispatcher must not go on using it, and ends it.
    if (there) End(number);
    let_go_.erase(number);
  } else if (there) {
    there->acknowledged = true;
  } else if (let_go_.contains(number)) {  // LetGo came before the role had acknowledged the connection
    TellLetGo(*to, number);
  }
}

bool Handover::TakeBack(std::uint32_t instance, const TakeBackRequest& request, Bytes unread) {
  const auto gone = let_go_.find(request.connection());
  if (gone != let_go_.end() && gone->second == instance) {
    let_go_.erase(gone);
    return true;
  }
  const auto found = away_.find(request.connection());
  if (found == away_.end() || !found->second.sent || found->second.instance != instance) return false;
  if (request.closed()) {
    End(request.connection());
    return true;
  }
  Away away = std::move(found->second);
  away_.erase(found);
  away.client.requests += request.requests();
  away.client.request = {};  // the role has served that request
  events_.on_back(away.client, std::move(away.socket), std::move(unread));
  return true;
}

Task<Result<Incoming<ServeReply>>> Handover::CallServe(Channel& to, ServeRequest request, Bytes unread,
                                                       std::vector<Fd> socket) {
  if (role_ == ROLE_APP) return to.Call<ServeReply>(std::move(request), std::move(unread), std::move(socket));
  ServeLoginRequest login;
  *login.mutable_connection() = std::move(request);
  return to.Call<ServeReply>(std::move(login), std::move(unread), std::move(socket));
}

bool Handover::TellLetGo(Channel& to, std::uint64_t number) const {
  LetGoRequest request;
  request.set_connection(number);
  if (role_ == ROLE_APP) return to.Send(request);
  LetGoLoginRequest login;
  *login.mutable_connection() = std::move(request);
  return to.Send(login);
}

bool Handover::LetGo(std::uint64_t number) {
  const auto found = away_.find(number);
  if (found == away_.end()) return false;
  if (!found->second.sent) {
    End(number);
    return true;
  }
  const std::uint32_t instance = found->second.instance;
  const auto to = site_.peer(role_).Instance(instance);
  if (let_go_.size() >= kLetGo || !to) return false;
  // The message must not reach the role before the connection. So if the role has not acknowledged the connection yet, Deliver
  // sends the message later.
  if (found->second.acknowledged && !TellLetGo(*to, number)) return false;
  let_go_[number] = instance;
  const Away away = std::move(found->second);
  away_.erase(found);
  events_.on_ended(away.client);
  return true;
}

void Handover::RoleWired() {
  patience_.Stop();
  for (ForRole& waiting : std::exchange(for_role_, {})) waiting.wired->Set(true);
}

void Handover::RoleLost(std::uint32_t instance) {
  std::erase_if(let_go_, [instance](const auto& one) { return one.second == instance; });
  std::vector<std::uint64_t> lost;
  for (const auto& [number, away] : away_) {
    if (away.sent && away.instance == instance) lost.push_back(number);
  }
  for (std::uint64_t number : lost) End(number);
}

// Wakes the connections that have waited kPatience for the role. Bring then gives up these connections.
void Handover::PatienceEnds() {
  while (!for_role_.empty() && Now() >= for_role_.front().due) {
    const auto waiting = for_role_.front().wired;
    for_role_.pop_front();
    waiting->Set(false);
  }
  if (for_role_.empty()) return;
  patience_.Start(Milliseconds(for_role_.front().due - Now()), [this] { PatienceEnds(); });
}

void Handover::Unserved(std::uint64_t number, std::int64_t retry_after_s) {
  Away away = std::move(away_.at(number));
  away_.erase(number);
  away.watch.reset();
  events_.on_unserved(away.client, std::move(away.socket), retry_after_s);
}

void Handover::End(std::uint64_t number) {
  const auto found = away_.find(number);
  found->second.watch.reset();
  const Client client = found->second.client;
  Fd socket = std::move(found->second.socket);
  away_.erase(found);
  shutdown(socket.get(), SHUT_WR);  // needed because the role may still hold a duplicate
  socket.Close();
  events_.on_ended(client);
}

}  // namespace zoobar
