// The calls a channel has sent and that have no answer yet: a window, bounded in calls and in bytes of frames. Past it
// callers wait in order of arrival, until their deadlines.
//
// Calls are quick or lasting. A lasting one may wait at the callee for long, for a hash or for a program's run. So
// lasting calls have a bound of their own below the window's, and callers of quick ones do not wait behind them: what
// nearly every page asks (who is this?) finds room however many people wait to log in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ipc/result.h"
#include "ipc/stream.h"
#include "ipc/task.h"

namespace zoobar {

struct Method;

class CallWindow {
 public:
  using Reply = Promised<Result<RawMessage>>;

  struct Limits {
    std::size_t calls, bytes;                  // of the window
    std::size_t lasting_calls, lasting_bytes;  // of these, for lasting calls
    std::size_t waiting;                       // callers of each kind
  };
  // A call without an answer. It keeps its place until the answer has come, though nobody may wait for that any more:
  // the callee counts it as long.
  struct Call {
    Reply* reply;  // null once its deadline has passed
    const Method* method;
    std::int64_t deadline;
    std::size_t bytes;
    bool lasting;
  };

  explicit CallWindow(Limits limits) : limits_(limits) {}

  // Waits for room. False: none came by the deadline, or Clear. `full`: so many wait already that none may join.
  bool full(bool lasting) const { return waiters_[lasting].size() >= limits_.waiting; }
  bool HasRoom(std::size_t bytes, bool lasting) const { return waiters_[lasting].empty() && Fits(bytes, lasting); }
  Task<bool> WaitForRoom(std::size_t bytes, std::int64_t deadline, bool lasting) {
    const auto waiter = std::make_shared<Waiter>();
    waiter->bytes = bytes;
    waiter->deadline = deadline;
    waiters_[lasting].push_back(waiter);
    Promised<bool>& admitted = waiter->admitted;
    co_return co_await admitted;
  }

  // Begins a call for which there is room; its id, never 0.
  std::uint32_t Begin(Call call) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    Slot& slot = slots_[free_.back()];
    last_round_ = last_round_ + 1 < kRounds ? last_round_ + 1 : 1;
    slot = {last_round_ << kSlotBits | free_.back(), call};
    free_.pop_back();
    Count(call, true);
    return slot.id;
  }
  // The call an answer is for; null if there is none.
  const Call* Find(std::uint32_t id) const {
    const std::size_t slot = id & (kSlots - 1);
    return id != 0 && slot < slots_.size() && slots_[slot].id == id ? &slots_[slot].call : nullptr;
  }
  // Its answer has come (Find has found it): who waits for it, if anybody does.
  Reply* End(std::uint32_t id) {
    Slot& slot = slots_[id & (kSlots - 1)];
    Count(slot.call, false);
    slot.id = 0;
    free_.push_back(id & (kSlots - 1));
    return slot.call.reply;
  }
  // Lets those who wait for the window into it. Each begins its call before the next is looked at.
  void Admit() {
    for (const bool lasting : {false, true}) {
      Waiters& waiters = waiters_[lasting];
      while (!waiters.empty() && Fits(waiters.front()->bytes, lasting)) {
        const std::shared_ptr<Waiter> next = std::move(waiters.front());
        waiters.pop_front();
        next->admitted.Set(true);
      }
    }
  }

  // Those whose deadline has passed: callers that waited are told here; the others are handed out, to be told.
  std::vector<std::pair<Reply*, const Method*>> Expire(std::int64_t now) {
    std::vector<std::pair<Reply*, const Method*>> late;
    for (auto& [id, call] : slots_) {
      if (id != 0 && call.reply && call.deadline <= now)
        late.emplace_back(std::exchange(call.reply, nullptr), call.method);
    }
    std::vector<std::shared_ptr<Waiter>> given_up;
    for (Waiters& waiters : waiters_) {
      std::erase_if(waiters, [&](const std::shared_ptr<Waiter>& waiter) {
        if (waiter->deadline <= now) given_up.push_back(waiter);
        return waiter->deadline <= now;
      });
    }
    for (const auto& waiter : given_up) waiter->admitted.Set(false);
    return late;
  }
  // The channel is closed: takes everything out. `Fail` then tells those who wait, at a time when they may go on.
  CallWindow TakeAll() {
    CallWindow all(limits_);
    all.slots_ = std::exchange(slots_, {});
    all.waiters_ = std::exchange(waiters_, {});
    free_.clear();
    bytes_ = lasting_bytes_ = lasting_calls_ = 0;
    return all;
  }
  template <typename Say>  // Say(method): the Error
  void Fail(const Say& say) {
    for (const auto& [id, call] : std::exchange(slots_, {})) {
      if (id != 0 && call.reply) call.reply->Set(say(*call.method));
    }
    for (const Waiters& waiters : std::exchange(waiters_, {})) {
      for (const auto& waiter : waiters) waiter->admitted.Set(false);
    }
  }

  // Callers that still wait for an answer or for room.
  std::size_t waited_for() const {
    std::size_t count = waiters_[false].size() + waiters_[true].size();
    for (const auto& [id, call] : slots_) count += id != 0 && call.reply ? 1 : 0;
    return count;
  }

 private:
  struct Waiter {
    std::size_t bytes = 0;
    std::int64_t deadline = 0;
    Promised<bool> admitted;
  };
  using Waiters = std::deque<std::shared_ptr<Waiter>>;

  bool Fits(std::size_t bytes, bool lasting) const {
    const std::size_t calls = slots_.size() - free_.size();
    if (calls >= limits_.calls || bytes_ + bytes > limits_.bytes) return false;
    return !lasting || (lasting_calls_ < limits_.lasting_calls && lasting_bytes_ + bytes <= limits_.lasting_bytes);
  }
  void Count(const Call& call, bool begins) {
    const auto add = [begins](std::size_t& sum, std::size_t amount) { begins ? sum += amount : sum -= amount; };
    add(bytes_, call.bytes);
    if (!call.lasting) return;
    add(lasting_bytes_, call.bytes);
    add(lasting_calls_, 1);
  }

  Limits limits_;
  // An id names a place and the round in which it was taken, so that no answer is taken for another call's.
  static constexpr std::uint32_t kSlotBits = 12, kSlots = 1u << kSlotBits, kRounds = 1u << (32 - kSlotBits);
  struct Slot {
    std::uint32_t id = 0;  // 0: free
    Call call{};
  };
  std::vector<Slot> slots_;          // no more than the window's calls, which are fewer than kSlots
  std::vector<std::uint32_t> free_;  // of slots_
  std::uint32_t last_round_ = 0;
  std::size_t bytes_ = 0, lasting_calls_ = 0, lasting_bytes_ = 0;
  std::array<Waiters, 2> waiters_;  // of quick calls, of lasting ones
};

}  // namespace zoobar
