// Where a client waits at the moment, so that a page can say how many are before it.
#pragma once

#include <cstddef>

#include "ipc/fair_queue.h"

namespace zoobar {

// The code that makes the client wait fills this in, and empties it when the wait is over. The queue need not outlive
// that.
struct WaitingAt {
  const FairQueue* queue = nullptr;  // null: it waits nowhere
  FairQueue::Place place;

  std::size_t before() const { return queue ? queue->Before(place) : 0; }
};

}  // namespace zoobar
