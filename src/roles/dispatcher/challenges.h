// Serves the challenges of ACME (site/challenge.h). static opens the file for each request anew, and nothing is
// remembered: a challenge appears a moment after somebody may have asked for it in vain, and is removed soon.
//
// Whose share: the requests wait for static in a fair queue, in which each address has its share. A certificate
// authority asks from a few addresses. So an address that invents tokens delays neither the authority nor, because this
// queue is not the one of files, anybody's style sheet.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "http/response.h"
#include "ipc/fair_queue.h"
#include "site/role.h"
#include "static.pb.h"

namespace zoobar {

class Challenges {
 public:
  static constexpr std::size_t kAtOnce = 4, kWaiting = 1024, kWaitingPerAddress = 64;
  static constexpr Milliseconds kWaitLimit{5000};

  explicit Challenges(Site& site);

  // Returns the response for this path. principal: the address that asks. gone: whether its client has left.
  Task<Response> Answer(std::string path, std::string principal, std::function<bool()> gone);

  const FairQueue& queue() const { return queue_; }
  std::int64_t served() const { return served_; }

 private:
  Response FromReply(const std::string& path, Incoming<OpenReply> reply);

  Site& site_;
  FairQueue queue_;
  std::int64_t served_ = 0;
};

}  // namespace zoobar
