// Result<T> holds a value, or an Error that says in one line why there is no value. Functions return a Result and do
// not throw exceptions. The macros of try.h return an Error to the caller.
//
// The text of an Error is for the log and the operator, never for a member's page. If a member may be told why
// something was refused, the reply has an enum for it, a *refusal* (docs/design.md, "four kinds of no").
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace zoobar {

// The kind of an Error, in addition to its text. A role sends it with its answer, so that a page can tell the user the
// reason.
enum class Cause : std::uint8_t {
  kOther,        // the reason is not known; the request may have been carried out
  kNoRoom,       // a store had no space to write (disk, quota, map); nothing was done
  kBusy,         // the callee had no time or no place to begin; nothing was done
  kGone,         // the role that should answer is not running, or ended before it answered
  kNotRecorded,  // an act of the operator could not be written to the audit log; nothing was done
  kUnreceived,   // an answer came, but this process has too many descriptors for those of the answer; never sent
};

struct Error {
  std::string text;
  Cause cause = Cause::kOther;

  bool no_room() const { return cause == Cause::kNoRoom; }

  template <typename... Args>
  static Error Of(fmt::format_string<Args...> format, Args&&... args) {
    return Error{fmt::format(format, std::forward<Args>(args)...)};
  }
  Error As(Cause known) && {
    cause = known;
    return std::move(*this);
  }
  // Makes an Error from the present value of errno, with the text "what: No such file or directory", for example.
  static Error FromErrno(std::string what);
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // Takes a value that converts to a T. So a handler can return its reply message without making an Outgoing.
  template <typename U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, Result>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value may be accessed only if ok(), the error only if !ok().
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }
  Error TakeError() && { return std::move(std::get<1>(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const { return error_; }
  Error TakeError() && { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

// Writes `why` to stderr and ends the process with status 70. It is for a bug or a failed step of confinement, never
// for bad input.
[[noreturn]] void Die(const std::string& why);

template <typename... Args>
[[noreturn]] void Die(fmt::format_string<Args...> format, Args&&... args) {
  Die(fmt::format(format, std::forward<Args>(args)...));
}

// From now on the process ends as by Die if `new` finds no memory, if std::terminate is called, for example because of an
// exception, or if a library calls abort(), as libuv does without memory, descriptors or threads. No role is granted the
// system calls of the C library's abort(): such a role would look like one that was taken over. All processes of zoobar
// call this, except interpreters.
void DieClearly();

// Returns the value, or calls Die with the error's text. It is for steps whose failure must end the process.
template <typename T>
T MustHave(Result<T> result) {
  if (!result.ok()) Die(result.error().text);
  return std::move(*result);
}
inline void MustSucceed(const Status& status) {
  if (!status.ok()) Die(status.error().text);
}

}  // namespace zoobar
