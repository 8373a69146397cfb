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

}  // namespace

struct HashingPool::Wake {
  uv_async_t handle;
  HashingPool* pool;
};

unsigned HashingPool::DefaultThreads() { return std::clamp(std::thread::hardware_concurrency(), 1u, 2u); }

HashingPool::HashingPool(Loop& loop, unsigned threads, std::size_t queue_bound, Argon2Parameters kept)
    : wake_(new Wake{{}, this}), free_threads_(threads), queue_bound_(queue_bound), kept_(kept) {
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

Task<bool> HashingPool::Run(Job job) {
  Promised<bool> done;
  {
    const std::lock_guard lock(mutex_);
    // What a free thread is about to take does not count as waiting.
    if (queue_.size() >= queue_bound_ + free_threads_) co_return false;
    queue_.push_back({std::move(job), &done});
  }
  more_.notify_one();
  ++in_flight_;
  co_return co_await done;
}

void HashingPool::Configure(std::size_t queue_bound, Argon2Parameters kept) {
  const std::lock_guard lock(mutex_);
  queue_bound_ = queue_bound;
  kept_ = kept;
}

std::size_t HashingPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() - std::min(queue_.size(), free_threads_);
}

void HashingPool::Work() {
  Hasher hasher;
  std::unique_lock lock(mutex_);
  Argon2Parameters kept = kept_;
  lock.unlock();
  MustSucceed(hasher.Keep(kept));
  lock.lock();
  while (true) {
    more_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    --free_threads_;
    kept = kept_;
    lock.unlock();

    // Nothing to do but after Configure. Where there is no memory for the new area the hash says so.
    (void)hasher.Keep(kept);
    item.job(hasher);
    sodium_stackzero(kStackBytes);

    lock.lock();
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
