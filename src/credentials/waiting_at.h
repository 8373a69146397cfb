// Where somebody waits just now, so that they can be told how many are before them.
#pragma once

#include <cstddef>

#include "ipc/fair_queue.h"

namespace zoobar {

// Filled in by whoever makes them wait, and emptied when the wait is over: the queue may go then.
struct WaitingAt {
  const FairQueue* queue = nullptr;  // null: nowhere
  FairQueue::Place place;

  std::size_t before() const { return queue ? queue->Before(place) : 0; }
};

}  // namespace zoobar
