#include "credentials/hashing_pool.h"

#include <pthread.h>
#include <sodium.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace zoobar {
namespace {

// libargon2 leaves pieces of the password on the stack (BLAKE2's message words among them); it goes some 10 KiB deep,
// and the normalisation a few hundred bytes.
constexpr std::size_t kStackBytes = 64 * 1024;

using enum HashingPool::Weight;

// Spread out, so that nobody waits for a run of others.
constexpr std::array kTurns = {kKnownDevice, kLogin, kKnownDevice, kNewPassword, kKnownDevice, kLogin, kKnownDevice};

constexpr std::size_t At(HashingPool::Weight weight) { return static_cast<std::size_t>(weight); }

constexpr std::size_t TurnsOf(std::size_t weight) {
  std::size_t turns = 0;
  for (const HashingPool::Weight each : kTurns) turns += At(each) == weight ? 1 : 0;
  return turns;
}

// A new measurement's part in the mean.
constexpr double kNewest = 1.0 / 16;

double CostOf(const Argon2Parameters& parameters) {
  return static_cast<double>(parameters.memory_kib) * parameters.passes;
}

}  // namespace

struct HashingPool::Wake {
  uv_async_t handle;
  HashingPool* pool;
};

unsigned HashingPool::DefaultThreads() {
  const unsigned cores = std::thread::hardware_concurrency();  // 0: not known
  return cores > 2 ? 2 : 1;
}

HashingPool::HashingPool(Loop& loop, unsigned threads, std::size_t queue_bound, Argon2Parameters kept,
                         Microseconds expected)
    : wake_(new Wake{{}, this}), mean_(expected), free_threads_(threads), queue_bound_(queue_bound), kept_(kept) {
  const int status = uv_async_init(loop.uv(), &wake_->handle, [](uv_async_t* handle) {
    if (auto* pool = static_cast<Wake*>(handle->data)->pool) pool->Deliver();
  });
  if (status != 0) Die("hashing pool: {}", uv_strerror(status));
  wake_->handle.data = wake_;

  // Signals are for the loop's thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HashingPool::~HashingPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  more_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  wake_->pool = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_->handle),
           [](uv_handle_t* handle) { delete static_cast<Wake*>(handle->data); });
}

Task<bool> HashingPool::Run(Job job, Weight weight) {
  Promised<bool> done;
  {
    const std::lock_guard lock(mutex_);
    if (!Admits(weight)) co_return false;
    queues_[At(weight)].push_back({std::move(job), &done});
  }
  more_.notify_one();
  ++in_flight_;
  co_return co_await done;
}

void HashingPool::Configure(std::size_t queue_bound, Argon2Parameters kept) {
  const std::lock_guard lock(mutex_);
  queue_bound_ = queue_bound;
  mean_ *= CostOf(kept) / CostOf(kept_);
  kept_ = kept;
}

std::size_t HashingPool::waiting() const {
  const std::lock_guard lock(mutex_);
  const std::size_t queued = Queued();
  return queued - std::min(queued, free_threads_);
}

HashingPool::Microseconds HashingPool::mean() const {
  const std::lock_guard lock(mutex_);
  return mean_;
}

std::size_t HashingPool::Queued() const {
  std::size_t queued = 0;
  for (const auto& queue : queues_) queued += queue.size();
  return queued;
}

bool HashingPool::Admits(Weight weight) const {
  // What a free thread is about to take does not count as waiting.
  if (Queued() < free_threads_) return true;
  const std::size_t bound = queue_bound_ * (weight == kNewPassword ? kJobsPerNewPassword : 1);
  if (queues_[At(weight)].size() >= bound + free_threads_) return false;
  return ExpectedWait(weight) <= (weight == kLogin ? kShedLogin : kShedOthers);
}

// Of a job that joins its queue now. Each round of turns takes so many of its own kind, and meanwhile of the others
// what they have turns for, no more than wait now: who comes later is not foreseen. One more job than wait before it
// has to end, for all threads are busy.
HashingPool::Microseconds HashingPool::ExpectedWait(Weight weight) const {
  const std::size_t own = At(weight);
  const std::size_t rounds = queues_[own].size() / TurnsOf(own) + 1;
  std::size_t before = queues_[own].size() + 1;
  for (std::size_t other = 0; other < kWeights; ++other) {
    if (other != own) before += std::min(queues_[other].size(), rounds * TurnsOf(other));
  }
  before -= std::min(before, free_threads_);
  return mean_ * static_cast<double>(before) / static_cast<double>(std::max<std::size_t>(1, threads_.size()));
}

HashingPool::Item HashingPool::Take() {
  while (true) {
    std::deque<Item>& queue = queues_[At(kTurns[turn_])];
    turn_ = (turn_ + 1) % kTurns.size();
    if (queue.empty()) continue;
    Item item = std::move(queue.front());
    queue.pop_front();
    return item;
  }
}

void HashingPool::Measured(Microseconds took) {
  mean_ = mean_ == Microseconds::zero() ? took : mean_ + (took - mean_) * kNewest;
}

void HashingPool::Work() {
  Hasher hasher;
  std::unique_lock lock(mutex_);
  Argon2Parameters kept = kept_;
  lock.unlock();
  MustSucceed(hasher.Keep(kept));
  lock.lock();
  while (true) {
    more_.wait(lock, [this] { return stopping_ || Queued() > 0; });
    if (stopping_) return;
    Item item = Take();
    --free_threads_;
    kept = kept_;
    lock.unlock();

    // Nothing to do but after Configure. Where there is no memory for the new area the hash says so.
    (void)hasher.Keep(kept);
    const auto began = std::chrono::steady_clock::now();
    item.job(hasher);
    const Microseconds took = std::chrono::steady_clock::now() - began;
    sodium_stackzero(kStackBytes);

    lock.lock();
    Measured(took);
    ++free_threads_;
    done_.push_back(item.done);
    uv_async_send(&wake_->handle);
  }
}

void HashingPool::Deliver() {
  std::vector<Promised<bool>*> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  // Each resumes its waiter, which may call Run again.
  for (Promised<bool>* waiter : done) {
    --in_flight_;
    waiter->Set(true);
  }
}

}  // namespace zoobar
