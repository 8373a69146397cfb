// RequestId: the number by which one request of a client is followed through all roles. Every call between roles
// carries it, every line of a log shows it, and an error page shows it to the member.
//
// The current request. A process knows at any time for which request it works. No function has a parameter for it:
// - The code that reads a request's head, or a frame with an id, sets the current request (RequestScope) while it calls
//   the function that serves the request.
// - Where a coroutine stops, it keeps the current request together with its handle (Suspended). Where it goes on, its
//   request is the current one again. Whoever made it go on finds his own request unchanged afterwards.
// - A channel puts the current request into each call, and a log puts it into each line.
// So two requests that wait for the same thing (a commit, a cached file, a run) each go on as themselves. Work that two
// requests share counts as the work of the one that began it. Coroutines stop only in the three awaiters that keep a
// handle (Promised, PoolWork, Environment::Write). A Task that awaits another Task goes on within the same request, so
// the cost is one copy of 17 bytes for each real wait, and nothing for a co_await that does not wait.
//
// An id proves nothing. A role that was taken over can write any id into its calls and lines.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace zoobar {

struct RequestId {
  static constexpr std::size_t kBytes = 16;

  std::array<char, kBytes> bytes{};  // all 0: no request
  bool traced = false;               // each call of this request is logged (trace.log)

  // Returns a new id of random bytes. It does not repeat, and nobody can guess it.
  static RequestId New();
  // Returns the id that these bytes are. Returns nullopt if they are not exactly 16, or if all are 0.
  static std::optional<RequestId> FromBytes(std::string_view bytes);
  // Returns the id that the 32 hexadecimal digits stand for. Capital letters are accepted.
  static std::optional<RequestId> FromHex(std::string_view digits);
  // Reads a field `traceparent` (W3C Trace Context, 3.2): the id is its trace-id, and `traced` its flag "sampled".
  // Returns nullopt if the field is malformed.
  static std::optional<RequestId> FromTraceparent(std::string_view field);

  bool none() const { return bytes == decltype(bytes){}; }
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  std::string Hex() const;  // 32 digits, in lower case

  friend bool operator==(const RequestId&, const RequestId&) = default;
};

namespace detail {
inline constinit thread_local RequestId current_request;
}

// The request for which this thread works now. It is none() if the work is for no request.
inline const RequestId& CurrentRequest() { return detail::current_request; }

// Makes a request the current one until the end of a block. A coroutine must not hold one, because a coroutine that
// stops lets other work go on inside the block.
class [[nodiscard]] RequestScope {
 public:
  explicit RequestScope(const RequestId& request) : before_(std::exchange(detail::current_request, request)) {}
  ~RequestScope() { detail::current_request = before_; }
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  const RequestId before_;
};

// A coroutine that has stopped, and the request that was current when it stopped. An awaiter that keeps the handle of
// its waiter keeps it in one of these.
class Suspended {
 public:
  Suspended() = default;
  explicit Suspended(std::coroutine_handle<> coroutine) : coroutine_(coroutine), request_(CurrentRequest()) {}

  explicit operator bool() const { return static_cast<bool>(coroutine_); }
  // Lets the coroutine go on with its request. Returns when it stops again or ends. It goes on at most once. The
  // coroutine may destroy this object.
  void Resume() {
    const RequestScope scope(request_);
    std::exchange(coroutine_, {}).resume();
  }

 private:
  std::coroutine_handle<> coroutine_;
  RequestId request_;
};

}  // namespace zoobar
