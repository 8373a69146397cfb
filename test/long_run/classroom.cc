#include "long_run/classroom.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "long_run/pupil.h"

namespace zoobar::long_run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kThreads = 8;

}  // namespace

Classroom::Classroom(const std::string& address, std::size_t members, std::uint64_t seed)
    : address_(address), names_(members) {
  std::mt19937_64 random(seed);
  for (std::size_t seat = 0; seat < members; ++seat) pupils_.push_back(std::make_unique<Pupil>(*this, seat, random()));
}

Classroom::~Classroom() { EndLesson(); }

bool Classroom::Enter() {
  return std::ranges::all_of(pupils_, [](const auto& pupil) { return pupil->Register(); });
}

void Classroom::BeginLesson() {
  over_ = false;
  for (std::size_t thread = 0; thread < std::min(kThreads, pupils_.size()); ++thread)
    threads_.emplace_back([this, thread] { Teach(thread); });
}

void Classroom::EndLesson() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& pupil : pupils_) pupil->CloseBrowser();
}

// Lets the pupils of one thread act in turn. If the site is slower than the class, the class waits.
void Classroom::Teach(std::size_t thread) {
  const std::size_t share = (pupils_.size() - thread + kThreads - 1) / kThreads;
  const std::chrono::microseconds pause(1'000'000 / share);
  Clock::time_point next = Clock::now();
  for (std::size_t turn = 0; !over_; ++turn) {
    pupils_[thread + turn % share * kThreads]->Act();
    next = std::max(next + pause, Clock::now() - std::chrono::seconds(1));
    std::this_thread::sleep_until(next);
  }
}

std::string Classroom::NewName() {
  const std::lock_guard lock(mutex_);
  return fmt::format("pupil{}", ++names_given_);
}

std::string Classroom::Somebody(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return names_[number % names_.size()];
}

}  // namespace zoobar::long_run
