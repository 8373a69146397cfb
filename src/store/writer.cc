#include "store/writer.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ipc/errno_kind.h"
#include "ipc/thread.h"

namespace zoobar {
namespace {

constexpr std::int64_t kRestAfterHold = 10;  // see Environment::Hold
constexpr std::int64_t kReadersCheckMicros = 1'000'000;

}  // namespace

Writer::Writer(Loop& loop, Database& database) : loop_(loop), database_(database), wake_loop_(new uv_async_t) {
  const int status =
      uv_async_init(loop_.uv(), wake_loop_, [](uv_async_t* handle) { static_cast<Writer*>(handle->data)->Deliver(); });
  if (status != 0) Die("store: {}", uv_strerror(status));
  wake_loop_->data = this;
  thread_ = StartThread([this] { AnswerGroups(); });
}

Writer::~Writer() = default;

bool Writer::Add(Submission& submission) {
  if (closed_ || waiting_ >= Environment::kMaxWaiting) {
    submission.answer = database_.Explain(closed_ ? Error{"closed"} : Error::Of("{} writes are waiting", waiting_));
    return false;
  }
  ++waiting_;
  turn_.push_back(&submission);
  if (turn_.size() == 1) {
    loop_.AtEndOfTurn([weak = weak_from_this()] {
      if (const auto writer = weak.lock()) writer->HandOver();
    });
  }
  return true;
}

void Writer::AnswerFirst(Submission& submission) {
  Answer({&submission});
  ++writes_;
}

void Writer::HandOver() {
  if (turn_.empty()) return;
  {
    std::lock_guard lock(lock_);
    queue_.insert(queue_.end(), turn_.begin(), turn_.end());
  }
  turn_.clear();
  wake_thread_.notify_one();
}

void Writer::Deliver() {
  Group done;
  {
    std::lock_guard lock(lock_);
    done.swap(done_);
  }
  waiting_ -= done.size();
  for (Submission* submission : done) submission->waiter.Resume();
  if (!held_ || held_->set()) return;
  bool over;
  {
    std::lock_guard lock(lock_);
    over = !answering_ || closed_ || MonotonicMicros() >= held_until_;
  }
  if (over) held_->Set(true);
}

Task<std::uint64_t> Writer::Hold(Milliseconds at_most) {
  const std::int64_t now = MonotonicMicros();
  if (closed_ || held_ || now < next_hold_) co_return 0;
  const std::int64_t longest = std::chrono::microseconds(at_most).count();
  hold_began_ = now;
  next_hold_ = now + longest + kRestAfterHold * longest;
  const std::uint64_t hold = ++holds_;
  bool busy;
  {
    std::lock_guard lock(lock_);
    held_until_ = now + longest;
    busy = answering_;
  }
  if (busy) {
    held_ = std::make_unique<Promised<bool>>();
    Promised<bool>& ended = *held_;
    co_await ended;
    held_.reset();
  }
  std::lock_guard lock(lock_);
  co_return !answering_ && MonotonicMicros() < held_until_ ? hold : 0;
}

bool Writer::Release(std::uint64_t hold) {
  if (hold == 0 || hold != holds_ || held_) return false;
  const std::int64_t now = MonotonicMicros();
  bool unbroken;
  {
    std::lock_guard lock(lock_);
    unbroken = now < held_until_ && !answering_;
    held_until_ = 0;
  }
  wake_thread_.notify_one();
  if (unbroken) next_hold_ = now + kRestAfterHold * (now - hold_began_);
  return unbroken;
}

void Writer::Close() {
  closed_ = true;
  HandOver();
  {
    std::lock_guard lock(lock_);
    ending_ = true;
    held_until_ = 0;
  }
  wake_thread_.notify_one();
  thread_.join();
  uv_close(reinterpret_cast<uv_handle_t*>(wake_loop_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_async_t*>(handle); });
  Deliver();
}

// Returns when a group may be begun, or when the thread must end.
void Writer::WaitForWork(std::unique_lock<std::mutex>& lock) {
  while (!ending_) {
    const std::int64_t left = held_until_ - MonotonicMicros();
    if (left > 0) {
      wake_thread_.wait_for(lock, std::chrono::microseconds(left));
    } else if (queue_.empty()) {
      wake_thread_.wait(lock);
    } else {
      return;
    }
  }
}

void Writer::AnswerGroups() {
  for (;;) {
    Group group;
    {
      std::unique_lock lock(lock_);
      WaitForWork(lock);
      if (queue_.empty()) return;
      answering_ = true;
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), Environment::kMaxGroup));
      group.assign(queue_.begin(), end);
      queue_.erase(queue_.begin(), end);
    }
    ForgetDeadReaders();
    Answer(WithoutLate(group));
    writes_ += group.size();
    {
      std::lock_guard lock(lock_);
      answering_ = false;
      done_.insert(done_.end(), group.begin(), group.end());
    }
    uv_async_send(wake_loop_);
  }
}

// A process that was killed while it copied the store for a backup has left its place in LMDB's table of readers. As long
// as the place is taken, no page that its snapshot needs is used again.
void Writer::ForgetDeadReaders() {
  const std::int64_t now = MonotonicMicros();
  if (now - readers_checked_ < kReadersCheckMicros) return;
  readers_checked_ = now;
  mdb_reader_check(database_.env(), nullptr);
}

// Answers the submissions whose deadline has passed with an Error. Returns the other submissions.
Writer::Group Writer::WithoutLate(const Group& group) {
  const std::int64_t now = MonotonicMicros();
  Group wanted;
  for (Submission* submission : group) {
    if (submission->deadline == 0 || submission->deadline > now) {
      wanted.push_back(submission);
    } else {
      ++late_;
      submission->answer = database_.Explain(Error{"not begun: its caller had stopped waiting", Cause::kBusy});
    }
  }
  return wanted;
}

// Answers each submission of the group. Afterwards each one is committed, or its answer is an Error and nothing of it
// is in the database.
void Writer::Answer(Group group) {
  while (!group.empty()) {
    Attempt attempt = Try(group);
    if (attempt.end == End::kCommitted) return;
    if (attempt.end == End::kMapFull || attempt.end == End::kResized) {
      Status mapped = attempt.end == End::kMapFull ? database_.Grow() : database_.AdoptSize();
      if (mapped.ok()) continue;
      attempt = {End::kTooLarge, mapped.error()};  // perhaps some of its writes still fit
    }
    if (attempt.end == End::kTooLarge && group.size() > 1) return AnswerEachAlone(group);
    if (attempt.end == End::kOneFailed) {
      group[attempt.failed]->answer = std::move(attempt.error);
      group.erase(group.begin() + static_cast<std::ptrdiff_t>(attempt.failed));
      continue;
    }
    for (Submission* submission : group) submission->answer = attempt.error;
    return;
  }
}

void Writer::AnswerEachAlone(const Group& group) {
  for (Submission* submission : group) Answer({submission});
}

Writer::Attempt Writer::Try(const Group& group) {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(database_.env(), nullptr, 0, &txn);
  if (code != 0) return {EndOf(code), Failure(code, database_.Explain(code, "beginning to write"))};
  WriteTransaction tx(txn);
  for (std::size_t i = 0; i < group.size(); ++i) {
    tx.wrote_ = false;
    group[i]->answer = group[i]->act(tx);
    if (tx.failed()) {
      mdb_txn_abort(txn);
      return FailedAttempt(tx, i);
    }
    if (!group[i]->answer.ok() && tx.wrote_) {
      mdb_txn_abort(txn);
      return {End::kOneFailed, group[i]->answer.error(), i};
    }
  }
  return Commit(txn, group.size());
}

// Describes an attempt that failed while the function number `index` of the group was working. A full disk or a full
// map is not the fault of this one function. Other errors of LMDB, and values that cannot be parsed, come from an entry
// that this function used, so only this function fails.
Writer::Attempt Writer::FailedAttempt(const ReadTransaction& tx, std::size_t index) const {
  const End end = EndOf(tx.code_);
  const bool lmdbs_own = tx.code_ <= MDB_KEYEXIST && tx.code_ >= MDB_LAST_ERRCODE;
  const bool one = tx.code_ == ReadTransaction::kOurs || (end == End::kAllFailed && lmdbs_own);
  return {one ? End::kOneFailed : end, Failure(tx.code_, database_.Explain(tx.error_)), index};
}

Writer::Attempt Writer::Commit(MDB_txn* txn, std::size_t writes) {
  const int code = mdb_txn_commit(txn);
  if (code == 0) {
    ++commits_;
    return {End::kCommitted, {}};
  }
  // Begins another transaction, because LMDB refuses it if it does not trust what is on disk any more.
  MDB_txn* next = nullptr;
  if (mdb_txn_begin(database_.env(), nullptr, 0, &next) == 0) {
    mdb_txn_abort(next);
  } else {
    Die(database_.Explain(code, "writing the meta page").text);
  }
  const std::string doing = fmt::format("committing {} writes (none is kept)", writes);
  return {EndOf(code), Failure(code, database_.Explain(code, doing))};
}

// LMDB reports EIO when a full disk cuts a write short. A failing disk gives EIO too. Neither disk accepts writes, so
// both cases count as no room. EFBIG means that the file has reached the file size limit.
Error Writer::Failure(int code, const Error& error) const {
  Error failure = error;
  if (SaysNoRoom(code) || code == EIO || code == EFBIG) failure.cause = Cause::kNoRoom;
  return failure;
}

Writer::End Writer::EndOf(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return End::kMapFull;
    case MDB_MAP_RESIZED:
      return End::kResized;
    case MDB_TXN_FULL:
      return End::kTooLarge;
    case MDB_PANIC:
      Die("store: LMDB no longer trusts what is on disk");
    default:
      return End::kAllFailed;
  }
}

}  // namespace zoobar
