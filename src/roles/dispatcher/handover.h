// Connections that app serves for a while. The dispatcher keeps its own duplicate of each under a number; app gets
// another with the bytes read so far, and gives the number back.
//
// Descriptors on their way count against the sender's RLIMIT_NOFILE (the kernel answers ETOOMANYREFS past it), so only
// so many go out before app has acknowledged earlier ones. The rest wait here, in a fair queue by the address of the
// request's sender: a flood of one address's requests does not hold up another's. A client that leaves while it waits
// is not handed over, and gives its place back at once.
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
    // app gave it back with what it read and did not use.
    std::function<void(Client, Fd socket, Bytes unread)> on_back;
    // app could not be reached in time: nobody has answered yet.
    std::function<void(Client, Fd socket, std::int64_t retry_after_s)> on_unserved;
    // It has ended: app closed it, app is gone, the client left while it waited, or it gave way.
    std::function<void(const Client&)> on_ended;
  };
  static constexpr Milliseconds kPatience{1000};    // for an app that is being restarted
  static constexpr Milliseconds kWaitLimit{10000};  // for a turn
  // A client that ends its sending so soon after its request has sent all it has to say; later, it has given up.
  static constexpr Milliseconds kLastWord{100};
  static constexpr std::size_t kLetGo = 1024;  // connections that gave way and that app has not ended yet

  // max_in_flight: descriptors sent and not acknowledged. max_waiting: connections that wait for a turn.
  Handover(Site& site, std::size_t max_in_flight, std::size_t max_waiting, Events events);

  // client.number names it and is not in use here.
  void Send(Client client, Fd socket, Bytes unread);
  // Whether it was that instance's to give back.
  bool TakeBack(std::uint32_t app_instance, const TakeBackRequest& request, Bytes unread);
  // Ends it here, for others to have its place. An answer app has begun is finished; app serves no further request of
  // the client. False: it is not here.
  bool LetGo(std::uint64_t number);
  void AppWired();
  void AppLost(std::uint32_t instance);

  std::size_t size() const { return away_.size(); }
  std::size_t waiting() const { return queue_.figures().waiting + for_app_.size(); }
  const FairQueue& queue() const { return queue_; }  // for app

 private:
  struct Away {
    Client client;
    Fd socket;
    Bytes unread;                             // until it is sent
    std::uint64_t stay = 0;                   // tells this stay at app from another of the same connection
    std::uint64_t since = 0;                  // the loop's clock
    std::uint64_t without_app = 0;            // since when it waits for an app to be there, if it does
    std::unique_ptr<Watch> watch;             // for the client's leaving, while it waits for its turn
    bool sent = false, acknowledged = false;  // to app; by app
    std::uint32_t instance = 0;
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
  std::deque<ForApp> for_app_;  // while no app is wired
  Timer patience_;
  std::uint64_t stays_ = 0;
};

}  // namespace zoobar
