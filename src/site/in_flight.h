// InFlight: counts the calls a role is working on, so that it can say when the last one has ended (RoleBody::Drain).
#pragma once

#include <functional>
#include <utility>

namespace zoobar {

class InFlight {
 public:
  // Lives as long as one call: first local of a handler.
  class Call {
   public:
    explicit Call(InFlight& calls) : calls_(calls) { ++calls_.count_; }
    ~Call() {
      if (--calls_.count_ == 0 && calls_.drained_) std::exchange(calls_.drained_, nullptr)();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    InFlight& calls_;
  };

  // Calls `done` once, when none is left; at once if none is.
  void Drain(std::function<void()> done) {
    if (count_ == 0) return done();
    drained_ = std::move(done);
  }

 private:
  int count_ = 0;
  std::function<void()> drained_;
};

}  // namespace zoobar
