// CallWindow: the calls that a channel has sent and that have no answer yet, bounded in number and in bytes of their
// frames. When the window is full, callers wait in order of arrival, until their deadlines.
//
// Calls are quick or lasting. A lasting call may wait long at the callee, for a hash or for a run. Lasting calls have a
// bound of their own, which is smaller than the window's, and callers of quick calls do not wait behind them. So a call
// that nearly every page needs (who is logged in?) finds room, however many people wait to log in.
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
    std::size_t waiting;                       // callers of each kind that may wait
  };
  // A call without an answer. It keeps its place until the answer has come, even if the caller has stopped waiting,
  // because the callee counts it until then.
  struct Call {
    Reply* reply;  // null after its deadline has passed
    const Method* method;
    std::int64_t deadline;
    std::size_t bytes;
    bool lasting;
  };

  explicit CallWindow(Limits limits) : limits_(limits) {}

  // Whether so many callers wait already that no other may.
  bool full(bool lasting) const { return waiters_[lasting].size() >= limits_.waiting; }
  bool HasRoom(std::size_t bytes, bool lasting) const { return waiters_[lasting].empty() && Fits(bytes, lasting); }
  // Waits for room. False: there was none before the deadline, or the channel was closed.
  Task<bool> WaitForRoom(std::size_t bytes, std::int64_t deadline, bool lasting) {
    const auto waiter = std::make_shared<Waiter>();
    waiter->bytes = bytes;
    waiter->deadline = deadline;
    waiters_[lasting].push_back(waiter);
    co_return co_await waiter->admitted;
  }

  // Begins a call and returns its id, which is never 0. There must be room for it.
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
  // The call with this id; null if there is none.
  const Call* Find(std::uint32_t id) const {
    const std::size_t slot = id & (kSlots - 1);
    return id != 0 && slot < slots_.size() && slots_[slot].id == id ? &slots_[slot].call : nullptr;
  }
  // Ends a call because its answer has come. Find must have found it. Returns where to put the answer; null if nobody
  // waits for it any more.
  Reply* End(std::uint32_t id) {
    Slot& slot = slots_[id & (kSlots - 1)];
    Count(slot.call, false);
    slot.id = 0;
    free_.push_back(id & (kSlots - 1));
    return slot.call.reply;
  }
  // Resumes callers that wait, as long as there is room. Each begins its call before the next one is considered.
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

  // Gives up calls whose deadline has passed. Callers that wait for room are told here. For the others it returns where
  // to put the error.
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
  // For a channel that is closed: returns all calls and waiters, and leaves this window empty. Call Fail on the result
  // when they may resume.
  CallWindow TakeAll() {
    CallWindow all(limits_);
    all.slots_ = std::exchange(slots_, {});
    all.waiters_ = std::exchange(waiters_, {});
    free_.clear();
    bytes_ = lasting_bytes_ = lasting_calls_ = 0;
    return all;
  }
  // Tells all callers that their calls have failed. error_of(method) is the Error of a call.
  template <typename ErrorOf>
  void Fail(const ErrorOf& error_of) {
    for (const auto& [id, call] : std::exchange(slots_, {})) {
      if (id != 0 && call.reply) call.reply->Set(error_of(*call.method));
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
  // An id consists of a slot and the round in which the slot was taken. So an answer that comes twice, or late, is not
  // taken for the answer to another call.
  static constexpr std::uint32_t kSlotBits = 12, kSlots = 1u << kSlotBits, kRounds = 1u << (32 - kSlotBits);
  struct Slot {
    std::uint32_t id = 0;  // 0: free
    Call call{};
  };
  std::vector<Slot> slots_;          // at most limits_.calls of them, which is less than kSlots
  std::vector<std::uint32_t> free_;  // the free ones of slots_
  std::uint32_t last_round_ = 0;
  std::size_t bytes_ = 0, lasting_calls_ = 0, lasting_bytes_ = 0;
  std::array<Waiters, 2> waiters_;  // for quick calls, and for lasting ones
};

}  // namespace zoobar
