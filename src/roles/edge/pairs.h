// Pairs of sockets between this process and the dispatchers. Each pair carries the plain bytes of one HTTP/1.1
// connection. The dispatcher serves its end like a connection that it has accepted from the client.
//
// Descriptors that are sent and not yet received count against the sender's RLIMIT_NOFILE. So the number of pairs that
// no dispatcher has acknowledged is bounded. Further ones wait in a fair queue, in which each client's address (an IPv6
// /64 counts as one) has a share.
#pragma once

#include <functional>
#include <string>

#include "http/address.h"
#include "ipc/bytes.h"
#include "ipc/fair_queue.h"
#include "ipc/fd.h"
#include "site/role.h"

namespace zoobar {

class Pairs {
 public:
  static constexpr Milliseconds kWaitLimit{10000};  // how long a connection waits for its turn

  // max_in_flight: the most descriptors that are sent and not acknowledged. max_waiting: the most that wait for a turn.
  Pairs(Site& site, std::size_t max_in_flight, std::size_t max_waiting);

  // Returns this process's end of a new pair, non-blocking, when a dispatcher has the other end. `first`: the first
  // bytes for the dispatcher, which are in the pair before it gets its end; at most kFirst, and none is fine. gone: as in
  // FairQueue::Ask. Returns an Error if no dispatcher could be reached, or its turn did not come in time.
  static constexpr std::size_t kFirst = 64 * 1024;
  Task<Result<Fd>> Open(IpAddress client, Bytes first, std::function<bool()> gone);

  const FairQueue& queue() const { return queue_; }

 private:
  Site& site_;
  FairQueue queue_;
};

}  // namespace zoobar
