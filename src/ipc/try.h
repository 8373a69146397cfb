// With TRY and its relatives, a function returns to its caller each Error that it cannot handle.
//
//   TRY(const Config config, CompleteConfig(sources));       declares config, or returns the Error
//   TRY_STATUS(Lock(file));                                  goes on, or returns the Error
//
// In a coroutine, CO_TRY and CO_TRY_STATUS do the same. They take a Task or a Result, and await a Task:
//
//   CO_TRY(const Session session, CheckSession(token));
//
// The CO_ macros give the Task a name before they await it, because of the fault of GCC 12 that task.h describes. If
// the type in the declaration contains a comma, write `auto`.
#pragma once

#include <coroutine>
#include <utility>

#include "ipc/result.h"
#include "ipc/task.h"

namespace zoobar::detail {

// Wraps a Result so that co_await can be used on it. The co_await never suspends.
template <typename T>
struct Ready {
  Result<T> result;

  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  Result<T> await_resume() { return std::move(result); }
};

template <typename T>
Task<Result<T>> Awaitable(Task<Result<T>> task) {
  return task;
}
template <typename T>
Ready<T> Awaitable(Result<T> result) {
  return {std::move(result)};
}

}  // namespace zoobar::detail

#define ZOOBAR_JOINED(first, second) first##second
#define ZOOBAR_NAME(word, line) ZOOBAR_JOINED(word, line)

#define TRY(declaration, ...)                                                                             \
  auto ZOOBAR_NAME(result_, __LINE__) = (__VA_ARGS__);                                                    \
  if (!ZOOBAR_NAME(result_, __LINE__).ok()) return std::move(ZOOBAR_NAME(result_, __LINE__)).TakeError(); \
  declaration = std::move(*ZOOBAR_NAME(result_, __LINE__))

#define TRY_STATUS(...)                                                      \
  do {                                                                       \
    if (::zoobar::Status status_of_try = (__VA_ARGS__); !status_of_try.ok()) \
      return std::move(status_of_try).TakeError();                           \
  } while (false)

#define CO_TRY(declaration, ...)                                                                             \
  auto ZOOBAR_NAME(task_, __LINE__) = ::zoobar::detail::Awaitable(__VA_ARGS__);                              \
  auto ZOOBAR_NAME(result_, __LINE__) = co_await ZOOBAR_NAME(task_, __LINE__);                               \
  if (!ZOOBAR_NAME(result_, __LINE__).ok()) co_return std::move(ZOOBAR_NAME(result_, __LINE__)).TakeError(); \
  declaration = std::move(*ZOOBAR_NAME(result_, __LINE__))

#define CO_TRY_STATUS(...)                                                   \
  do {                                                                       \
    auto task_of_try = ::zoobar::detail::Awaitable(__VA_ARGS__);             \
    ::zoobar::Status status_of_try = co_await task_of_try;                   \
    if (!status_of_try.ok()) co_return std::move(status_of_try).TakeError(); \
  } while (false)
