#include "credentials/hashing_pool.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "ipc/thread.h"

namespace zoobar {
namespace {

// How much of the stack is wiped after a job. libargon2 leaves parts of the password on the stack (BLAKE2's message
// words, for example). It uses about 10 KiB of stack, and normalisation uses a few hundred bytes.
constexpr std::size_t kHashingStackBytes = 64 * 1024;

struct Share {
  const char* principal;
  double weight;
};
constexpr Share kShares[] = {{"known devices", 4}, {"logins", 2}, {"new passwords", 1}};  // by kind

constexpr std::size_t At(HashingPool::Kind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

struct HashingPool::Wake {
  uv_async_t handle;
  HashingPool* pool;
};

unsigned HashingPool::DefaultThreads() {
  const unsigned cores = std::thread::hardware_concurrency();  // 0 if not known
  return cores <= 2 ? std::max(1u, cores) : std::min(cores - 1, kMostThreads);
}

FairQueue::Limits HashingPool::LimitsOf(Kind kind, unsigned threads, Places places) {
  FairQueue::Limits limits;
  const bool fresh = kind == Kind::kNewPassword;
  // Admits twice as many logins as there are threads. So there is always a job when a thread becomes free.
  limits.slots = fresh ? kNewPasswordsAtOnce : 2 * threads;
  limits.slots_per_principal = limits.slots;
  limits.waiting = fresh ? places.new_passwords : places.logins;
  limits.waiting_per_principal = limits.waiting;
  return limits;
}

HashingPool::HashingPool(Loop& loop, unsigned threads, Places places, Argon2Parameters kept)
    : wake_(new Wake{{}, this}),
      turns_(
          loop,
          {.slots = threads, .slots_per_principal = threads, .waiting = SIZE_MAX, .waiting_per_principal = SIZE_MAX}),
      kept_(kept) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    admissions_[kind] = std::make_unique<FairQueue>(loop, LimitsOf(static_cast<Kind>(kind), threads, places));
  }
  const int status = uv_async_init(loop.uv(), &wake_->handle, [](uv_async_t* handle) {
    if (auto* pool = static_cast<Wake*>(handle->data)->pool) pool->Deliver();
  });
  if (status != 0) Die("hashing pool: {}", uv_strerror(status));
  wake_->handle.data = wake_;

  for (unsigned i = 0; i < threads; ++i) threads_.push_back(StartThread([this] { Work(); }));
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

Task<FairQueue::Turn> HashingPool::Admit(Kind kind, FairQueue::Ask ask, FairQueue::Place* place) {
  return admissions_[At(kind)]->Wait(std::move(ask), place);
}

Task<bool> HashingPool::Do(Job job, Kind kind) {
  FairQueue::Ask ask;
  ask.principal = kShares[At(kind)].principal;
  ask.weight = kShares[At(kind)].weight;
  ++in_flight_;
  auto granted = turns_.Wait(std::move(ask));
  const FairQueue::Turn turn = co_await granted;
  if (turn.granted()) {
    Promised<bool> done;
    {
      const std::lock_guard lock(mutex_);
      given_.push_back({std::move(job), &done});
    }
    more_.notify_one();
    co_await done;
  }
  --in_flight_;
  co_return turn.granted();
}

void HashingPool::Configure(Places places, Argon2Parameters kept) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    admissions_[kind]->SetLimits(LimitsOf(static_cast<Kind>(kind), size(), places));
  }
  const std::lock_guard lock(mutex_);
  kept_ = kept;
}

void HashingPool::Close() {
  for (auto& queue : admissions_) queue->Close();
}

std::size_t HashingPool::waiting() const {
  std::size_t waiting = turns_.figures().waiting;
  for (const auto& queue : admissions_) waiting += queue->figures().waiting;
  return waiting;
}

void HashingPool::Work() {
  Hasher hasher;
  std::unique_lock lock(mutex_);
  Argon2Parameters kept = kept_;
  lock.unlock();
  MustSucceed(hasher.Keep(kept));
  lock.lock();
  while (true) {
    more_.wait(lock, [this] { return stopping_ || !given_.empty(); });
    if (stopping_) return;
    Item item = std::move(given_.front());
    given_.pop_front();
    kept = kept_;
    lock.unlock();

    // Keep does something only if Configure has changed the parameters. If there is no memory for the new work area,
    // the hash fails and reports the error.
    (void)hasher.Keep(kept);
    item.job(hasher);
    sodium_stackzero(kHashingStackBytes);

    lock.lock();
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
  // Works on a copy of the list, because each Set resumes a caller, which may call Do again.
  for (Promised<bool>* waiter : done) waiter->Set(true);
}

}  // namespace zoobar
