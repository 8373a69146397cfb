// CallWindow keeps the calls that a channel has sent and that have no answer yet. It bounds their number and the bytes
// of their frames. When the window is full, further callers wait in order of arrival, until their deadlines.
//
// A call is quick or lasting. A lasting call may wait long at the callee, for example for a password hash or for the
// run of a program. Lasting calls have a bound of their own, which is smaller than the window's. Callers of quick calls
// do not wait behind callers of lasting calls. So a call that nearly every page needs (which member is logged in?)
// finds room, even when many people wait to log in.
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
    std::size_t calls, bytes;                  // the bounds of the whole window
    std::size_t lasting_calls, lasting_bytes;  // how much of them lasting calls may use
    std::size_t waiting;                       // how many callers of each kind may wait for room
  };
  // A call that was sent and has no answer yet. It counts in the window until its answer has come, even if the caller
  // has stopped waiting, because the callee also counts it until then.
  struct Call {
    Reply* reply;  // where to put the answer; null after the deadline has passed
    const Method* method;
    std::int64_t deadline;
    std::size_t bytes;
    bool lasting;
  };

  explicit CallWindow(Limits limits) : limits_(limits) {}

  // Returns true if the number of callers that wait has reached its bound, so that no other caller may wait.
  bool full(bool lasting) const { return waiters_[lasting].size() >= limits_.waiting; }
  bool HasRoom(std::size_t bytes, bool lasting) const { return waiters_[lasting].empty() && Fits(bytes, lasting); }
  // Waits until the window has room for a call. The result is false if there was no room before the deadline, or if the
  // channel was closed.
  Task<bool> WaitForRoom(std::size_t bytes, std::int64_t deadline, bool lasting) {
    const auto waiter = std::make_shared<Waiter>();
    waiter->bytes = bytes;
    waiter->deadline = deadline;
    waiters_[lasting].push_back(waiter);
    co_return co_await waiter->admitted;
  }

  // Adds a call to the window and returns its id, which is never 0. The caller must know that there is room (HasRoom,
  // WaitForRoom).
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
  // Returns the call with this id, or null if there is none.
  const Call* Find(std::uint32_t id) const {
    const std::size_t slot = id & (kSlots - 1);
    return id != 0 && slot < slots_.size() && slots_[slot].id == id ? &slots_[slot].call : nullptr;
  }
  // Removes a call from the window, because its answer has come. Find must know the id. Returns where to put the
  // answer, or null if nobody waits for the answer any more.
  Reply* End(std::uint32_t id) {
    Slot& slot = slots_[id & (kSlots - 1)];
    Count(slot.call, false);
    slot.id = 0;
    free_.push_back(id & (kSlots - 1));
    return slot.call.reply;
  }
  // Resumes waiting callers, as long as there is room. Each caller begins its call before room for the next caller is
  // checked.
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

  // Gives up the calls and the waiting callers whose deadlines have passed. Tells the waiting callers itself. For each
  // of the calls it returns where to put the error, and the method.
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
  // Moves all calls and waiting callers into the result, and leaves this window empty. A channel does this when it is
  // closed. Call Fail on the result when the callers may resume.
  CallWindow TakeAll() {
    CallWindow all(limits_);
    all.slots_ = std::exchange(slots_, {});
    all.waiters_ = std::exchange(waiters_, {});
    free_.clear();
    bytes_ = lasting_bytes_ = lasting_calls_ = 0;
    return all;
  }
  // Tells all callers that their calls have failed. error_of(method) must return the Error for a call of this method.
  template <typename ErrorOf>
  void Fail(const ErrorOf& error_of) {
    for (const auto& [id, call] : std::exchange(slots_, {})) {
      if (id != 0 && call.reply) call.reply->Set(error_of(*call.method));
    }
    for (const Waiters& waiters : std::exchange(waiters_, {})) {
      for (const auto& waiter : waiters) waiter->admitted.Set(false);
    }
  }

  // Returns the number of callers that still wait for an answer or for room.
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
  // The id of a call consists of the number of a slot and of a round. Each new call begins a new round. So an answer
  // that comes twice, or late, is not mistaken for the answer to a later call in the same slot.
  static constexpr std::uint32_t kSlotBits = 12, kSlots = 1u << kSlotBits, kRounds = 1u << (32 - kSlotBits);
  struct Slot {
    std::uint32_t id = 0;  // 0: the slot is free
    Call call{};
  };
  std::vector<Slot> slots_;          // at most limits_.calls slots, which is less than kSlots
  std::vector<std::uint32_t> free_;  // the indexes of the free slots
  std::uint32_t last_round_ = 0;
  std::size_t bytes_ = 0, lasting_calls_ = 0, lasting_bytes_ = 0;
  std::array<Waiters, 2> waiters_;  // [false]: callers of quick calls; [true]: of lasting calls
};

}  // namespace zoobar
