// The members of a class, who use a site all day. There are always as many: when one closes the account, another one
// registers under a new name.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "long_run/times.h"

namespace zoobar::long_run {

// What the class has done since the start.
struct Counts {
  std::atomic<std::uint64_t> acts = 0, unanswered = 0, refused = 0, left = 0;
};

class Pupil;

class Classroom {
 public:
  // `address`: of the site.
  Classroom(const std::string& address, std::size_t members, std::uint64_t seed);
  ~Classroom();
  Classroom(const Classroom&) = delete;

  // Registers everybody. False if the site does not let somebody in.
  bool Enter();
  // Everybody acts once a second, until EndLesson. A second stands for a minute of the class.
  void BeginLesson();
  // Returns when everybody has finished what they were doing, and has closed the browser's connection.
  void EndLesson();

  const Counts& counts() const { return counts_; }
  Times& times() { return times_; }
  // The name of somebody who is in the class now.
  std::string Somebody(std::uint64_t number) const;

 private:
  friend class Pupil;
  void Teach(std::size_t thread);
  std::string NewName();

  const std::string address_;
  Counts counts_;
  Times times_;
  mutable std::mutex mutex_;
  std::vector<std::string> names_;  // guarded by mutex_
  std::uint64_t names_given_ = 0;   // guarded by mutex_
  std::vector<std::unique_ptr<Pupil>> pupils_;
  std::vector<std::thread> threads_;
  std::atomic<bool> over_ = false;
};

}  // namespace zoobar::long_run
