// What all threads of a run share: what it may still send, what came back, and the faults.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace zoobar::fuzz_site {

// What was answered, by status.
class Tally {
 public:
  void Count(int status) { ++answers_[status > 0 && status < kMost ? static_cast<std::size_t>(status) : 0]; }
  void CountUnanswered() { ++unanswered_; }
  void CountReconnected() { ++reconnected_; }
  std::uint64_t Of(int first, int last) const;
  // One line for each status that came, and for what had no answer.
  std::string Table() const;

 private:
  static constexpr int kMost = 600;
  std::array<std::atomic<std::uint64_t>, kMost> answers_{};
  std::atomic<std::uint64_t> unanswered_{0}, reconnected_{0};
};

// The faults of a run. The first one ends it, unless it is to go on.
class Verdict {
 public:
  explicit Verdict(bool keep_going) : keep_going_(keep_going) {}
  // `client`: the one that saw it, or kNoClient.
  static constexpr std::size_t kNoClient = ~std::size_t{0};
  void Fault(std::string what, std::size_t client = kNoClient);
  bool good() const { return good_; }
  // Whether the run goes on.
  bool go_on() const { return good_ || keep_going_; }
  // A few of each kind.
  std::vector<std::string> faults() const;
  std::size_t count() const { return count_; }
  std::size_t client() const;  // of the first fault

 private:
  const bool keep_going_;
  mutable std::mutex mutex_;
  std::atomic<bool> good_{true};
  std::atomic<std::size_t> count_{0};
  std::map<std::string, std::size_t> kinds_;  // how many were of each
  std::size_t client_ = kNoClient;
  std::vector<std::string> faults_;
};

// How many requests may still be sent in this part of the run, and until when.
class Budget {
 public:
  using Clock = std::chrono::steady_clock;
  void Begin(std::int64_t requests, Clock::time_point until) {
    left_ = requests;
    until_ = until;
  }
  bool Left() const { return left_ > 0 && Clock::now() < until_; }
  void Take(std::size_t requests) {
    left_ -= static_cast<std::int64_t>(requests);
    sent_ += requests;
  }
  std::uint64_t sent() const { return sent_; }

 private:
  std::atomic<std::int64_t> left_{0};
  Clock::time_point until_;  // is set while no client runs
  std::atomic<std::uint64_t> sent_{0};
};

}  // namespace zoobar::fuzz_site
