// Hands over connections to app, which serves them for a while. The dispatcher keeps each connection's descriptor under
// a number. It sends app a duplicate of the descriptor, with the number and the bytes that it has read so far. When app
// is done, app sends the number back.
//
// Descriptors that are sent and not yet received count against the sender's RLIMIT_NOFILE. If there are more, the
// kernel returns ETOOMANYREFS. So the number of connections that app has not acknowledged is bounded. Further
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
#include "site/role.h"

namespace zoobar {

class Handover {
 public:
  struct Events {
    // app gave the connection back. unread: the bytes that app read and did not use.
    std::function<void(Client, Fd socket, Bytes unread)> on_back;
    // app could not be reached in time. The client has no response yet.
    std::function<void(Client, Fd socket, std::int64_t retry_after_s)> on_unserved;
    // The connection has ended: app closed it, app died, the client left while it waited, or LetGo was called.
    std::function<void(const Client&)> on_ended;
  };
  static constexpr Milliseconds kPatience{1000};    // how long a connection waits for app to be restarted
  static constexpr Milliseconds kWaitLimit{10000};  // how long a connection waits for its turn
  // If a client shuts down its sending side within this time after its request, the request was its last one, and it
  // waits for the response. A client that shuts down its sending side later has given up.
  static constexpr Milliseconds kLastWord{100};
  static constexpr std::size_t kLetGo = 1024;  // the most connections that were let go and that app has not ended yet

  // max_in_flight: the most descriptors that are sent to app and not acknowledged. max_waiting: the most connections
  // that wait for a turn.
  Handover(Site& site, std::size_t max_in_flight, std::size_t max_waiting, Events events);

  // Hands the connection over when its turn comes. From now on, client.number identifies the connection. No other
  // connection here may have this number.
  void Send(Client client, Fd socket, Bytes unread);
  // Takes the connection back from app. Returns false if this instance of app does not have it. Then app has
  // misbehaved, or its message came too late.
  bool TakeBack(std::uint32_t app_instance, const TakeBackRequest& request, Bytes unread);
  // Ends the connection, so that another can have its place. app finishes a response that it has begun, and serves no
  // further request of this client. Returns false if the connection is not here, or if app cannot be told now.
  bool LetGo(std::uint64_t number);
  void AppWired();
  void AppLost(std::uint32_t instance);

  std::size_t size() const { return away_.size(); }
  std::size_t waiting() const { return queue_.figures().waiting + for_app_.size(); }
  const FairQueue& queue() const { return queue_; }  // connections that wait for app

 private:
  struct Away {
    Client client;
    Fd socket;
    Bytes unread;                             // kept until the connection is sent
    std::uint64_t stay = 0;                   // a number for this stay: the same connection may come here again
    std::uint64_t since = 0;                  // when this stay began, in milliseconds of the loop's clock
    std::uint64_t without_app = 0;            // since when the connection waits for app to be wired, by the same clock
    std::unique_ptr<Watch> watch;             // notices that the client leaves while the connection waits for its turn
    bool sent = false, acknowledged = false;  // sent to app; acknowledged by app
    std::uint32_t instance = 0;               // app's instance, once the connection is sent
  };
  struct ForApp {
    std::uint64_t due;
    std::shared_ptr<Promised<bool>> wired;
  };

  Away* Find(std::uint64_t number, std::uint64_t stay);
  Task<void> Bring(std::uint64_t number, std::uint64_t stay);
  Task<FairQueue::Turn> TakeTurn(std::uint64_t number, std::uint64_t stay);
  static bool TellLetGo(Channel& app, std::uint64_t number);
  Task<void> Deliver(std::uint64_t number, std::uint64_t stay, std::shared_ptr<Channel> app);
  void WatchForLeaving(Away& away);
  void PatienceEnds();
  void Unserved(std::uint64_t number, std::int64_t retry_after_s);
  void End(std::uint64_t number);
  std::uint64_t Now() const { return uv_now(site_.loop().uv()); }

  Site& site_;
  Events events_;
  std::unordered_map<std::uint64_t, Away> away_;
  std::unordered_map<std::uint64_t, std::uint32_t> let_go_;  // number -> app's instance
  FairQueue queue_;
  std::deque<ForApp> for_app_;  // connections that wait while no app is wired
  Timer patience_;
  std::uint64_t stays_ = 0;
};

}  // namespace zoobar
