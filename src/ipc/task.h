// Task<T>: a coroutine that gives one T to the coroutine that awaits it. It starts when it is awaited. With Tasks, code
// that calls three other roles needs only three lines:
//
//   Task<Result<Page>> Home(...) { CO_TRY(const CheckReply reply, Check(token)); ... co_return page; }
//
// A Task runs on one thread and cannot be cancelled. It always ends, because every call between roles has a deadline.
// The coroutine frame owns only parameters that are passed by value. So a coroutine takes values, or references to
// objects that outlive it, such as the role's object.
//
// The fault of GCC 12 (12.2, Debian 12): some temporaries in the operand of co_await are destroyed twice. That frees
// memory twice, or closes a descriptor of somebody else. It concerns temporaries that are made without a call of a
// constructor or function:
//   - a braced aggregate, also where it is only implied: `co_await F(Ask{a, b})`, `co_await F({a, b})`, and a default
//     argument `{}` of an aggregate type
//   - a lambda with captures: `co_await F([x] { ... })`
//   - the result of a conditional operator: `co_await F(c ? a : b)`
// Also, GCC 12 does not compile a braced list for an initializer_list in this place. `co_await *pointer` with a smart
// pointer copies the object. Clang has none of these faults.
//
// The call does not show whether a type is an aggregate. So the rule is that an awaited call has only variables, or
// std::move of variables, as arguments. Otherwise the Task, or the argument, gets a name first. CO_TRY (try.h) does it
// for the Task. Do not use co_await inside a conditional operator either.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "request/request.h"

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

// A coroutine that starts at once and destroys itself when it ends.
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

// Starts a task that nobody awaits. The objects that the task refers to must outlive it.
inline detail::Detached Spawn(Task<void> task) { co_await task; }

// Runs two tasks at the same time. `Both both(std::move(a), std::move(b)); co_await both` gives the pair of their
// results.
template <typename A, typename B>
class Both {
 public:
  Both(Task<A> a, Task<B> b) : a_(std::move(a)), b_(std::move(b)) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    Start(a_, first_);
    Start(b_, second_);
    return --pending_ > 0;
  }
  std::pair<A, B> await_resume() { return {std::move(*first_), std::move(*second_)}; }

 private:
  template <typename T>
  detail::Detached Start(Task<T>& task, std::optional<T>& place) {
    place.emplace(co_await task);
    if (--pending_ == 0) waiter_.resume();
  }

  Task<A> a_;
  Task<B> b_;
  std::optional<A> first_;
  std::optional<B> second_;
  std::coroutine_handle<> waiter_;
  int pending_ = 3;  // the two tasks and await_suspend; the last to finish resumes the waiter
};

// A value that a callback sets later. It is set once and awaited once, and can be neither copied nor moved. The waiter
// goes on for the request for which it waited, whoever sets the value.
template <typename T>
class Promised {
 public:
  Promised() = default;
  Promised(const Promised&) = delete;
  Promised& operator=(const Promised&) = delete;

  void Set(T value) {
    value_.emplace(std::move(value));
    if (waiter_) waiter_.Resume();
  }
  bool set() const { return value_.has_value(); }

  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = Suspended(waiter); }
  T await_resume() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  Suspended waiter_;
};

}  // namespace zoobar
