// The part of app that keeps the connections that dispatchers hand over, until they are closed or given back.
#include <sys/socket.h>

#include "ipc/utf8.h"
#include "roles/app.h"
#include "site/places.h"

namespace zoobar {
namespace {

// If the dispatcher's channel had no room for a TakeBack, it is sent again after this time.
constexpr Milliseconds kTellAgain{5};
// Client::dispatcher holds the dispatcher's instance in its low byte, and above it how often app has lost that
// instance.
constexpr std::uint32_t kInstanceBits = 8;
// When a dispatcher has ended, its connections have this long to finish their answers.
constexpr Milliseconds kOrphanTime{30000};
// If every place is taken, at most this many clients are told so at the same time. Further connections are closed
// without an answer.
constexpr std::size_t kRefusing = 128;
constexpr int kRetryAfterSeconds = 2;

}  // namespace

Task<Result<Outgoing<ServeReply>>> App::Serve(Incoming<ServeRequest> call) {
  if (call.fds.size() != 1) co_return Error::Of("Serve came with {} descriptors", call.fds.size());
  Client client;
  client.peer = IpAddress::Parse(call.message.address()).value_or(IpAddress());
  client.number = call.message.connection();
  client.secure = call.message.secure();
  client.dispatcher = DispatcherTag(call.from.instance);
  ServeReply reply;
  if (MakeRoom()) {
    connections_.Adopt(std::move(call.fds[0]), client, std::move(call.secret));
    co_return reply;
  }
  ++turned_away_;
  if (connections_.size() < capacity_ + kRefusing) {
    connections_.Refuse(std::move(call.fds[0]), client,
                        Response::Busy(fmt::format("All {} places for pages are taken. Please try again.", capacity_),
                                       kRetryAfterSeconds));
  } else {
    Tell(client, true, {});
  }
  co_return reply;
}

Task<Result<Outgoing<Nothing>>> App::LetGo(Incoming<LetGoRequest> call) {
  Client client;
  client.number = call.message.connection();
  client.dispatcher = DispatcherTag(call.from.instance);
  connections_.EndSoon(client, kOrphanTime);
  co_return Nothing();
}

// Returns whether there is a place for one more connection. If needed, closes a connection whose dispatcher has ended
// to make a place.
bool App::MakeRoom() { return connections_.size() < capacity_ || connections_.CloseOldestOrphan(); }

// A new dispatcher numbers its connections from the start, and does not know the connections of the earlier dispatcher.
// Its limit counts only its own connections. So the earlier connections must end here, because old and new connections
// together would be too many.
void App::PeerLost(Role role, std::uint32_t instance) {
  if (role != ROLE_DISPATCHER) return;
  const std::uint32_t lost = DispatcherTag(instance);
  ++dispatcher_starts_[instance];
  untold_.erase(instance);
  connections_.Orphan([lost](const Client& client) { return client.dispatcher == lost; }, kOrphanTime);
}

std::uint32_t App::DispatcherTag(std::uint32_t instance) const {
  const auto found = dispatcher_starts_.find(instance);
  return (found == dispatcher_starts_.end() ? 0 : found->second) << kInstanceBits | instance;
}

Verdict App::OnHead(HttpConnection&, const RequestHead& head) {
  return routes_.Find(head.path()) == ROLE_APP ? Verdict::kServe : Verdict::kDetach;
}

void App::OnRequest(Exchange exchange, Request request) { Spawn(Answer(std::move(exchange), std::move(request))); }

bool App::Tell(const Client& client, bool closed, Bytes unread) {
  const std::uint32_t instance = client.dispatcher & ((1u << kInstanceBits) - 1);
  if (client.dispatcher != DispatcherTag(instance) || !dispatcher_.Instance(instance)) return false;
  std::deque<Untold>& untold = untold_[instance];
  untold.push_back({client, closed, std::move(unread)});
  if (untold.size() == 1) TellAgain();
  return true;
}

void App::TellAgain() {
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

void App::OnDetached(Client client, Fd socket, Bytes unread, Departure) {
  // If the dispatcher cannot be told, it may still hold a duplicate of the socket. The shutdown ends the connection for
  // the client even then.
  if (!Tell(client, false, std::move(unread))) shutdown(socket.get(), SHUT_WR);
}

void App::OnClosed(const Client& client) { Tell(client, true, {}); }

void App::OnServed(const Served& served) {
  ++served_;
  AccessRequest::Entry entry;
  entry.set_address(served.address.Text());
  entry.set_method(std::string(served.method));
  entry.set_path(MendUtf8(served.path));
  entry.set_status(served.status);
  entry.set_bytes(served.bytes);
  entry.set_micros(served.micros);
  entry.set_member(std::string(served.member));
  site_.log().Access(std::move(entry));
}

}  // namespace zoobar
