#include "roles/dispatcher_handover.h"

#include <sys/socket.h>

#include <algorithm>

namespace zoobar {

Handover::Handover(Site& site, std::size_t max_in_flight, Events events)
    : site_(site),
      max_in_flight_(std::min(max_in_flight, Channel::kMaxInFlight / 2)),
      events_(std::move(events)),
      patience_(site.loop()) {}

void Handover::Send(Client client, Fd socket, Bytes unread) {
  const std::uint64_t number = client.number;
  Away away;
  away.client = client;
  away.socket = std::move(socket);
  away_.insert_or_assign(number, std::move(away));
  queue_.push_back({number, std::move(unread), Now()});
  Pump();
}

void Handover::Pump() {
  while (!queue_.empty() && in_flight_ < max_in_flight_) {
    std::shared_ptr<Channel> app = site_.peer(ROLE_APP).Next();
    if (!app) {
      const std::uint64_t due = queue_.front().since + static_cast<std::uint64_t>(kPatience.count());
      const std::uint64_t now = Now();
      patience_.Start(Milliseconds(due > now ? due - now : 0), [this] { GiveUp(); });
      return;
    }
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    Away& away = away_.at(next.number);
    away.sent = true;
    away.instance = app->peer().instance;
    away.sending = ++sendings_;
    Spawn(Deliver(next.number, away.sending, std::move(app), std::move(next.unread)));
  }
}

Task<void> Handover::Deliver(std::uint64_t number, std::uint64_t sending, std::shared_ptr<Channel> app, Bytes unread) {
  const Away& away = away_.at(number);
  ServeRequest request;
  request.set_connection(number);
  request.set_address(away.client.peer.Text());
  std::vector<Fd> sockets;
  sockets.push_back(away.socket.Duplicate());
  if (!sockets[0]) {  // out of descriptors: this connection must end for others to go on
    End(number);
    co_return;
  }
  ++in_flight_;
  const Result<Incoming<ServeReply>> reply =
      co_await app->Call<ServeReply>(std::move(request), std::move(unread), std::move(sockets));
  --in_flight_;
  // Whether app has it is not known after a failure, so nobody may go on with it.
  const auto found = away_.find(number);
  if (!reply.ok() && found != away_.end() && found->second.sending == sending) End(number);
  Pump();
}

bool Handover::TakeBack(std::uint32_t app_instance, const TakeBackRequest& request, Bytes unread) {
  const auto found = away_.find(request.connection());
  if (found == away_.end() || !found->second.sent || found->second.instance != app_instance) return false;
  if (request.closed()) {
    End(request.connection());
    return true;
  }
  Away away = std::move(found->second);
  away_.erase(found);
  away.client.requests += request.requests();
  events_.on_back(away.client, std::move(away.socket), std::move(unread));
  return true;
}

void Handover::AppWired() {
  patience_.Stop();
  Pump();
}

void Handover::AppLost(std::uint32_t instance) {
  std::vector<std::uint64_t> lost;
  for (const auto& [number, away] : away_) {
    if (away.sent && away.instance == instance) lost.push_back(number);
  }
  for (std::uint64_t number : lost) End(number);
}

// No app for too long: those that have waited out their time are told so.
void Handover::GiveUp() {
  const std::uint64_t now = Now();
  while (!queue_.empty() && now >= queue_.front().since + static_cast<std::uint64_t>(kPatience.count())) {
    const std::uint64_t number = queue_.front().number;
    queue_.pop_front();
    Away away = std::move(away_.at(number));
    away_.erase(number);
    events_.on_unserved(away.client, std::move(away.socket));
  }
  Pump();
}

void Handover::End(std::uint64_t number) {
  Away away = std::move(away_.at(number));
  away_.erase(number);
  shutdown(away.socket.get(), SHUT_WR);  // app may hold a duplicate still
  away.socket.Close();
  events_.on_ended(away.client);
}

}  // namespace zoobar
