// The calls a channel has sent and that have no answer yet: a window, bounded in calls and in bytes of frames. Past it
// callers wait in order of arrival, until their deadlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
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
    std::size_t calls, bytes;  // of the window
    std::size_t waiting;       // callers
  };
  // A call without an answer. It keeps its place until the answer has come, though nobody may wait for that any more:
  // the callee counts it as long.
  struct Call {
    Reply* reply;  // null once its deadline has passed
    const Method* method;
    std::int64_t deadline;
    std::size_t bytes;
  };

  explicit CallWindow(Limits limits) : limits_(limits) {}

  // Waits for room. False: none came by the deadline, or Clear. `full`: so many wait already that none may join.
  bool full() const { return waiters_.size() >= limits_.waiting; }
  bool HasRoom(std::size_t bytes) const { return waiters_.empty() && Fits(bytes); }
  Task<bool> WaitForRoom(std::size_t bytes, std::int64_t deadline) {
    const auto waiter = std::make_shared<Waiter>();
    waiter->bytes = bytes;
    waiter->deadline = deadline;
    waiters_.push_back(waiter);
    Promised<bool>& admitted = waiter->admitted;
    co_return co_await admitted;
  }

  // Begins a call for which there is room; its id, never 0.
  std::uint32_t Begin(Call call) {
    do {
      ++last_id_;
    } while (last_id_ == 0 || calls_.contains(last_id_));
    bytes_ += call.bytes;
    calls_.emplace(last_id_, call);
    return last_id_;
  }
  // The call an answer is for; null if there is none.
  const Call* Find(std::uint32_t id) const {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
  }
  // Its answer has come: who waits for it, if anybody does.
  Reply* End(std::uint32_t id) {
    const auto found = calls_.find(id);
    Reply* const reply = found->second.reply;
    bytes_ -= found->second.bytes;
    calls_.erase(found);
    return reply;
  }
  // Lets those who wait for the window into it. Each begins its call before the next is looked at.
  void Admit() {
    while (!waiters_.empty() && Fits(waiters_.front()->bytes)) {
      const std::shared_ptr<Waiter> next = std::move(waiters_.front());
      waiters_.pop_front();
      next->admitted.Set(true);
    }
  }

  // Those whose deadline has passed: callers that waited are told here; the others are handed out, to be told.
  std::vector<std::pair<Reply*, const Method*>> Expire(std::int64_t now) {
    std::vector<std::pair<Reply*, const Method*>> late;
    for (auto& [id, call] : calls_) {
      if (call.reply && call.deadline <= now) late.emplace_back(std::exchange(call.reply, nullptr), call.method);
    }
    std::vector<std::shared_ptr<Waiter>> given_up;
    std::erase_if(waiters_, [&](const std::shared_ptr<Waiter>& waiter) {
      if (waiter->deadline <= now) given_up.push_back(waiter);
      return waiter->deadline <= now;
    });
    for (const auto& waiter : given_up) waiter->admitted.Set(false);
    return late;
  }
  // The channel is closed: takes everything out. `Fail` then tells those who wait, at a time when they may go on.
  CallWindow TakeAll() {
    CallWindow all(limits_);
    all.calls_ = std::exchange(calls_, {});
    all.waiters_ = std::exchange(waiters_, {});
    bytes_ = 0;
    return all;
  }
  template <typename Say>  // Say(method): the Error
  void Fail(const Say& say) {
    for (const auto& [id, call] : std::exchange(calls_, {})) {
      if (call.reply) call.reply->Set(say(*call.method));
    }
    for (const auto& waiter : std::exchange(waiters_, {})) waiter->admitted.Set(false);
  }

  // Callers that still wait for an answer or for room.
  std::size_t waited_for() const {
    std::size_t count = waiters_.size();
    for (const auto& [id, call] : calls_) count += call.reply ? 1 : 0;
    return count;
  }

 private:
  struct Waiter {
    std::size_t bytes = 0;
    std::int64_t deadline = 0;
    Promised<bool> admitted;
  };
  bool Fits(std::size_t bytes) const { return calls_.size() < limits_.calls && bytes_ + bytes <= limits_.bytes; }

  Limits limits_;
  std::unordered_map<std::uint32_t, Call> calls_;
  std::size_t bytes_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::uint32_t last_id_ = 0;
};

}  // namespace zoobar
