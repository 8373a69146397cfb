// Hands over connections to one role that serves pages (app, login), which serves them for a while. The dispatcher has
// one Handover for each such role, so a role that is slow or dead does not delay connections for another. The dispatcher
// keeps each connection's descriptor under a number. It sends the role a duplicate of the descriptor, with the number
// and the bytes that it has read so far. When the role is done, it sends the number back.
//
// Descriptors that are sent and not yet received count against the sender's RLIMIT_NOFILE. If there are more, the
// kernel returns ETOOMANYREFS. So the number of connections that the role has not acknowledged is bounded. Further
// connections wait here in a fair queue. Each address that sends requests has a share of it, so that a flood of
// requests from one address does not delay others. A connection whose client leaves while it waits is not handed over;
// its place is free at once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "app.pb.h"
#include "dispatcher.pb.h"
#include "http/connection.h"
#include "ipc/fair_queue.h"
#include "login.pb.h"
#include "site/role.h"

namespace zoobar {

class Handover {
 public:
  struct Events {
    // The role gave the connection back. unread: the bytes that it read and did not use.
    std::function<void(Client, Fd socket, Bytes unread)> on_back;
    // The role could not be reached in time. The client has no response yet.
    std::function<void(Client, Fd socket, std::int64_t retry_after_s)> on_unserved;
    // The connection has ended: the role closed it, the role died, the client left while it waited, or LetGo was called.
    std::function<void(const Client&)> on_ended;
    // No connection is on its way to the role any more: each was received by it, or has ended. May be empty.
    std::function<void()> on_all_brought = {};
  };
  static constexpr Milliseconds kPatience{1000};    // how long a connection waits for the role to be restarted
  static constexpr Milliseconds kWaitLimit{10000};  // how long a connection waits for its turn
  // If a client shuts down its sending side within this time after its request, the request was its last one, and it
  // waits for the response. A client that shuts down its sending side later has given up.
  static constexpr Milliseconds kLastWord{100};
  static constexpr std::size_t kLetGo = 1024;  // the most connections that were let go and not ended yet

  // role: who serves the connections. max_in_flight: the most descriptors that are sent to it and not acknowledged.
  // max_waiting: the most connections that wait for a turn.
  Handover(Site& site, Role role, std::size_t max_in_flight, std::size_t max_waiting, Events events);

  // Hands the connection over when its turn comes. From now on, client.number identifies the connection. No other
  // connection here may have this number.
  void Send(Client client, Fd socket, Bytes unread);
  // Takes the connection back. Returns false if this instance of the role does not have it. Then the role has
  // misbehaved, or its message came too late.
  bool TakeBack(std::uint32_t instance, const TakeBackRequest& request, Bytes unread);
  // Ends the connection, so that another can have its place. The role finishes a response that it has begun, and serves
  // no further request of this client. Returns false if the connection is not here, or if the role cannot be told now.
  bool LetGo(std::uint64_t number);
  void RoleWired();
  void RoleLost(std::uint32_t instance);

  std::size_t size() const { return away_.size(); }
  std::size_t underway() const { return underway_; }  // connections that the role has not received yet
  std::size_t waiting() const { return queue_.figures().waiting + for_role_.size(); }
  const FairQueue& queue() const { return queue_; }  // connections that wait for a turn

 private:
  struct Away {
    Client client;
    Fd socket;
    Bytes unread;                            // kept until the connection is sent
    std::uint64_t stay = 0;                  // a number for this stay: the same connection may come here again
    std::int64_t began = MonotonicMicros();  // the same, for the trace
    std::uint64_t since = 0;                 // when this stay began, in milliseconds of the loop's clock
    std::uint64_t without_role = 0;  // since when the connection waits for the role to be wired, by the same clock
    std::unique_ptr<Watch> watch;    // notices that the client leaves while the connection waits for its turn
    bool sent = false, acknowledged = false;  // sent to the role; acknowledged by it
    std::uint32_t instance = 0;               // the role's instance, once the connection is sent
  };
  struct ForRole {
    std::uint64_t due;
    std::shared_ptr<Promised<bool>> wired;
  };

  Away* Find(std::uint64_t number, std::uint64_t stay);
  Task<void> BringOne(std::uint64_t number, std::uint64_t stay);
  Task<void> Bring(std::uint64_t number, std::uint64_t stay);
  Task<FairQueue::Turn> TakeTurn(std::uint64_t number, std::uint64_t stay);
  // The calls that differ between the roles, because each role has its own service.
  Task<Result<Incoming<ServeReply>>> CallServe(Channel& to, ServeRequest request, Bytes unread, std::vector<Fd> socket);
  bool TellLetGo(Channel& to, std::uint64_t number) const;
  Task<void> Deliver(std::uint64_t number, std::uint64_t stay, std::shared_ptr<Channel> to);
  void WatchForLeaving(Away& away);
  void PatienceEnds();
  void Unserved(std::uint64_t number, std::int64_t retry_after_s);
  void End(std::uint64_t number);
  std::uint64_t Now() const { return uv_now(site_.loop().uv()); }

  Site& site_;
  const Role role_;
  Events events_;
  std::unordered_map<std::uint64_t, Away> away_;
  std::unordered_map<std::uint64_t, std::uint32_t> let_go_;  // number -> instance
  FairQueue queue_;
  std::deque<ForRole> for_role_;  // connections that wait while the role is not wired
  Timer patience_;
  std::uint64_t stays_ = 0;
  std::size_t underway_ = 0;
};

}  // namespace zoobar
