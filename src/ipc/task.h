// Task<T>: a lazy coroutine that yields one T to whoever awaits it. A page that needs three roles reads as three lines.
//
//   Task<Result<Page>> Home(...) { auto reply = co_await auth_.Call<CheckReply>(request); ... co_return page; }
//
// One thread, no cancellation: every call between roles has a deadline, so every Task ends. The frame owns its
// parameters only when they are taken by value, so coroutines take values or references to what outlives them (the
// role's object). GCC 12 destroys braced temporaries in a co_await expression twice: name them first.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace zoobar {

template <typename T>
class [[nodiscard]] Task;

namespace detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
    return done.promise().waiter ? done.promise().waiter : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> waiter;

  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
};

}  // namespace detail

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
    handle_.promise().waiter = waiter;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

 private:
  Handle handle_;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// Runs eagerly and frees itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
};

}  // namespace detail

// Starts a task that nobody waits for. What it refers to must outlive it.
inline detail::Detached Spawn(Task<void> task) { co_await task; }

// Awaits two tasks that run side by side: co_await Both(std::move(a), std::move(b)) gives a pair.
template <typename A, typename B>
class Both {
 public:
  Both(Task<A> a, Task<B> b) : a_(std::move(a)), b_(std::move(b)) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    Run(a_, first_);
    Run(b_, second_);
    return --pending_ > 0;
  }
  std::pair<A, B> await_resume() { return {std::move(*first_), std::move(*second_)}; }

 private:
  template <typename T>
  detail::Detached Run(Task<T>& task, std::optional<T>& place) {
    place.emplace(co_await task);
    if (--pending_ == 0) waiter_.resume();
  }

  Task<A> a_;
  Task<B> b_;
  std::optional<A> first_;
  std::optional<B> second_;
  std::coroutine_handle<> waiter_;
  int pending_ = 3;  // both tasks, and await_suspend itself
};

// A value that arrives later, from a callback: co_await it once, Set it once. Neither copied nor moved.
template <typename T>
class Promised {
 public:
  Promised() = default;
  Promised(const Promised&) = delete;
  Promised& operator=(const Promised&) = delete;

  void Set(T value) {
    value_.emplace(std::move(value));
    if (waiter_) std::exchange(waiter_, {}).resume();
  }
  bool set() const { return value_.has_value(); }

  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  T await_resume() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  std::coroutine_handle<> waiter_;
};

}  // namespace zoobar
