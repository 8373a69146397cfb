// Connections that app serves for a while. The dispatcher keeps its own duplicate of each under a number; app gets
// another with the bytes read so far, and gives the number back.
//
// Descriptors on their way count against the sender's RLIMIT_NOFILE (the kernel answers ETOOMANYREFS past it), so only
// so many go out before app has acknowledged earlier ones; the rest wait here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>

#include "app.pb.h"
#include "dispatcher.pb.h"
#include "http/connection.h"
#include "roles/role.h"

namespace zoobar {

class Handover {
 public:
  struct Events {
    // app gave it back with what it read and did not use.
    std::function<void(Client, Fd socket, Bytes unread)> on_back;
    // app could not be reached in time: nobody has answered yet.
    std::function<void(Client, Fd socket)> on_unserved;
    // It has ended: app closed it, or app is gone.
    std::function<void(const Client&)> on_ended;
  };
  static constexpr Milliseconds kPatience{1000};  // for an app that is being restarted
  static constexpr int kRetryAfterSeconds = 1;

  // max_in_flight: descriptors sent and not acknowledged.
  Handover(Site& site, std::size_t max_in_flight, Events events);

  // client.number names it and is not in use here.
  void Send(Client client, Fd socket, Bytes unread);
  // Whether it was that instance's to give back.
  bool TakeBack(std::uint32_t app_instance, const TakeBackRequest& request, Bytes unread);
  void AppWired();
  void AppLost(std::uint32_t instance);

  std::size_t size() const { return away_.size(); }
  std::size_t waiting() const { return queue_.size(); }

 private:
  struct Away {
    Client client;
    Fd socket;
    bool sent = false;
    std::uint32_t instance = 0;
    std::uint64_t sending = 0;  // tells this stay at app from another of the same connection
  };
  struct Queued {
    std::uint64_t number;
    Bytes unread;
    std::uint64_t since;
  };

  void Pump();
  Task<void> Deliver(std::uint64_t number, std::uint64_t sending, std::shared_ptr<Channel> app, Bytes unread);
  void GiveUp();
  void End(std::uint64_t number);
  std::uint64_t Now() const { return uv_now(site_.loop().uv()); }

  Site& site_;
  const std::size_t max_in_flight_;
  Events events_;
  std::unordered_map<std::uint64_t, Away> away_;
  std::deque<Queued> queue_;
  Timer patience_;
  std::size_t in_flight_ = 0;
  std::uint64_t sendings_ = 0;
};

}  // namespace zoobar
