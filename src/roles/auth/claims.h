// Logins and registrations that are in progress, and the claims by which a browser asks what became of its own.
//
// A registration may wait long for its turn, and a browser must not show an empty page meanwhile. When its patience is
// over, the browser gets a claim, 32 random bytes, and shows a page that asks again. The work goes on. Its result is
// given once, to the client that has the claim. When nobody has asked for a claim in kGoneAfterMs, the claim is given
// up: its work is not begun any more, or its result is wiped and its session is ended.
//
// A script gets no claim. It waits for its answer until the call's deadline.
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

// One login or registration in progress.
class Entering {
 public:
  using Reply = Result<Outgoing<LoginReply>>;

  // Nobody waits for it any more: its deadline has passed, or nobody asks for its claim.
  bool gone() const;
  // When it must be done, in MonotonicMicros. This leaves time for the answer to arrive.
  std::int64_t deadline() const { return deadline_; }
  WaitingAt at;  // where it waits just now

  // Ends it with this result. Call it once. Resumes all calls that wait for the result.
  void Finish(Reply reply);

 private:
  friend class Claims;
  std::string key_;   // of the claim; empty: there is none
  std::string form_;  // a hash of the form, to recognise it
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
  static constexpr std::size_t kPerShare = 256;  // of these, of one address; a browser past this waits like a script
  static constexpr std::int64_t kGoneAfterMs = 30000;  // since it was last asked for
  static constexpr Milliseconds kLongest{600000};      // work with a claim ends after this time
  static constexpr Milliseconds kLongestPatience{10000};
  // The work ends this long before the call's deadline, so that the answer arrives before the caller gives up.
  static constexpr Milliseconds kAnswering{500};

  Claims(Loop& loop, Clock clock);
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // What a client sent. A form that is sent again is recognised by this.
  struct Form {
    bool registering = false;
    std::string_view name, password;
  };
  // Begins one. `share`: the address whose share the claim is taken from. If `patience_ms` is 0, or there is no room
  // for a claim, it has no claim and must end before `deadline` (MonotonicMicros).
  std::shared_ptr<Entering> Begin(const Form& form, std::string share, std::uint32_t patience_ms,
                                  std::int64_t deadline);
  // The work that this claim is for; null if there is none. `again`: the form that came with the claim, if any. A claim
  // is only found with the form that it was given for.
  std::shared_ptr<Entering> Find(std::string_view claim, const std::optional<Form>& again) const;
  // Waits for the result. OUTCOME_WAITING if the work has a claim and takes longer than `patience_ms`.
  Task<Entering::Reply> Await(std::shared_ptr<Entering> entering, std::uint32_t patience_ms);

  // Removes claims that nobody asks for. Gives the keys of the sessions that their logins began; the caller ends them.
  std::vector<std::string> Sweep();

  std::size_t size() const { return claims_.size(); }
  std::size_t waiting() const;  // how many have no result yet

 private:
  std::string FormOf(const Form& form) const;

  Loop& loop_;
  const Clock clock_;
  Bytes form_key_;
  std::unordered_map<std::string, std::shared_ptr<Entering>> claims_;  // by the claim's hash
  std::unordered_map<std::string, std::size_t> shares_;
};

}  // namespace zoobar
