// In which queue a client waits at the moment, so that a page can show how many others are before this client.
#pragma once

#include <cstddef>

#include "ipc/fair_queue.h"

namespace zoobar {

// The code that puts the client into a queue fills this in, and empties it when the wait is over. The queue must exist
// until then.
struct WaitingAt {
  const FairQueue* queue = nullptr;  // null: the client waits in no queue
  FairQueue::Place place;

  std::size_t before() const { return queue ? queue->Before(place) : 0; }
};

}  // namespace zoobar
