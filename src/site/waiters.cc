#include "site/waiters.h"

#include <utility>

namespace zoobar {

Task<bool> Waiters::Wait(Loop& loop, Milliseconds patience) {
  const auto woken = std::make_shared<Promised<bool>>();
  waiting_.push_back(woken);
  Timer limit(loop);
  limit.Start(patience, [woken] {
    if (!woken->set()) woken->Set(false);
  });
  Promised<bool>& answer = *woken;  // because GCC 12 would copy the object in `co_await *woken`
  const bool in_time = co_await answer;
  std::erase(waiting_, woken);
  co_return in_time;
}

void Waiters::WakeAll() {
  for (const auto& woken : std::exchange(waiting_, {})) {
    if (!woken->set()) woken->Set(true);
  }
}

}  // namespace zoobar
