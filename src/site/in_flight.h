// InFlight: counts the calls that a role works on, so that the role can say when the last one has ended
// (RoleBody::Drain).
#pragma once

#include <functional>
#include <utility>

namespace zoobar {

class InFlight {
 public:
  // Lives as long as one call. Make it the first local variable of a handler.
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

  // Calls `done` once, when no call is left. If no call is in flight now, calls `done` at once.
  void Drain(std::function<void()> done) {
    draining_ = true;
    if (count_ == 0) return done();
    drained_ = std::move(done);
  }

  // Returns true after Drain was called. The role should then not begin any work that no caller asked for.
  bool draining() const { return draining_; }
  int count() const { return count_; }

 private:
  int count_ = 0;
  bool draining_ = false;
  std::function<void()> drained_;
};

}  // namespace zoobar
