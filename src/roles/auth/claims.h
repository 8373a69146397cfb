// Logins and registrations that go on while their client waits, and the claims by which a browser asks what became of
// its own.
//
// A browser is not left with an empty page while its registration waits for a turn. Past its patience it gets a claim,
// 32 random bytes, and shows a page that asks again. The work goes on meanwhile, and its result is given to whoever has
// the claim, once. A claim that is not asked for is given up (kGoneAfter): its work is not done any more, or its result
// is wiped and its session ended.
//
// A script waits for its answer instead, until the call's deadline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth.pb.h"
#include "credentials/waiting_at.h"
#include "ipc/bytes.h"
#include "ipc/channel.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

// One login or registration on its way.
class Entering {
 public:
  using Reply = Result<Outgoing<LoginReply>>;

  // Nobody waits for it any more: its deadline has passed, or its claim is not asked for.
  bool gone() const;
  // MonotonicMicros by which it must be done, the answer's way included.
  std::int64_t deadline() const { return deadline_; }
  WaitingAt at;  // where it waits just now

  // Its end, once. Who waits for it is resumed.
  void Finish(Reply reply);

 private:
  friend class Claims;
  std::string key_;   // of the claim; empty: there is none
  std::string form_;  // a hash of the form, to know it again
  std::string share_, name_;
  Bytes claim_;  // until it has been given out
  bool registering_ = false;
  std::int64_t deadline_ = 0, asked_ms_ = 0;
  int waiting_ = 0;  // calls that wait for the result now
  std::function<std::int64_t()> clock_;
  std::optional<Reply> reply_;
  std::vector<std::shared_ptr<Promised<bool>>> waiters_;
};

// For one loop's thread.
class Claims {
 public:
  using Clock = std::function<std::int64_t()>;   // milliseconds
  static constexpr std::size_t kMost = 1024;     // claims, in all
  static constexpr std::size_t kPerShare = 256;  // of these, of one address; past it a browser waits as scripts do
  static constexpr std::int64_t kGoneAfterMs = 30000;  // since it was last asked for
  static constexpr Milliseconds kLongest{600000};      // that work goes on whose claim is asked for
  static constexpr Milliseconds kLongestPatience{10000};
  // Kept back from a call's deadline, so that its answer arrives before the caller gives up.
  static constexpr Milliseconds kAnswering{500};

  Claims(Loop& loop, Clock clock);
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // What a client sent, to be known again when it is sent again.
  struct Form {
    bool registering = false;
    std::string_view name, password;
  };
  // One that begins now. `share`: whose share a claim comes from, its address. With `patience_ms` 0, or where there is
  // no room for a claim, it has none and ends by `deadline` (MonotonicMicros).
  std::shared_ptr<Entering> Begin(const Form& form, std::string share, std::uint32_t patience_ms,
                                  std::int64_t deadline);
  // The one this claim is for; null: none. `again`: the form that came with it; another form's claim is none.
  std::shared_ptr<Entering> Find(std::string_view claim, const std::optional<Form>& again) const;
  // Its result, or OUTCOME_WAITING where it has a claim and takes longer than `patience_ms`.
  Task<Entering::Reply> Await(std::shared_ptr<Entering> entering, std::uint32_t patience_ms);

  // Removes what nobody asks for. The keys of the sessions that were begun for nobody.
  std::vector<std::string> Sweep();

  std::size_t size() const { return claims_.size(); }
  std::size_t waiting() const;  // without a result

 private:
  std::string FormOf(const Form& form) const;

  Loop& loop_;
  const Clock clock_;
  Bytes form_key_;
  std::unordered_map<std::string, std::shared_ptr<Entering>> claims_;  // by the claim's hash
  std::unordered_map<std::string, std::size_t> shares_;
};

}  // namespace zoobar
