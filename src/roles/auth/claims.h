// Logins and registrations that are in progress, and their claims. With a claim a browser asks for the result of its
// login or registration.
//
// A registration may wait long for its turn, and a browser must not show an empty page meanwhile. When its patience is
// over, the browser gets a claim, 32 random bytes, and shows a page that asks again. The work goes on. The result is
// sent once, to the client that has the claim. When nobody has asked with a claim for the time kGoneAfterMs, the claim
// is given up. Work that has not begun then never begins. If there is a result, it is wiped and its session is ended.
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
#include "site/waiters.h"

namespace zoobar {

// One login or registration in progress.
class Entering {
 public:
  using Reply = Result<Outgoing<LoginReply>>;

  // Whether nobody waits for the result any more, because the deadline has passed or nobody asks with the claim.
  bool gone() const;
  // When the work must be finished, in MonotonicMicros. After that there is still time for the answer to arrive.
  std::int64_t deadline() const { return deadline_; }
  WaitingAt at;  // in which queue the work waits now

  // Ends the login or registration with this result. To be called once. Resumes all calls that wait for the result.
  void Finish(Reply reply);

 private:
  friend class Claims;
  std::string key_;   // hash of the claim; empty: there is no claim
  std::string form_;  // a hash of the form, to recognise a form that is sent again
  std::string share_, name_;
  Bytes claim_;  // empty after the claim was sent to the client
  bool registering_ = false;
  std::int64_t deadline_ = 0, asked_ms_ = 0;
  int waiting_ = 0;  // calls that wait for the result now
  std::function<std::int64_t()> clock_;
  std::optional<Reply> reply_;
  Waiters waiters_;
};

// To be used on one loop's thread only.
class Claims {
 public:
  using Clock = std::function<std::int64_t()>;  // milliseconds
  static constexpr std::size_t kMost = 1024;    // claims, in all
  // Of these, for one address. When they are used up, a browser at this address gets no claim and waits like a script.
  static constexpr std::size_t kPerShare = 256;
  static constexpr std::int64_t kGoneAfterMs = 30000;  // since a client last asked with the claim
  static constexpr Milliseconds kLongest{600000};      // work with a claim is given up after this time
  static constexpr Milliseconds kLongestPatience{10000};
  // The work ends this long before the call's deadline, so that the answer arrives before the caller gives up.
  static constexpr Milliseconds kAnswering{500};

  Claims(Loop& loop, Clock clock);
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // What a client sent. With these fields, a form that is sent again is recognised.
  struct Form {
    bool registering = false;
    std::string_view name, password;
  };
  // Begins a login or registration. `share` is the address to whose share the claim counts. If `patience_ms` is 0, or
  // there is no room for a claim, the work has no claim and must end before `deadline` (MonotonicMicros).
  std::shared_ptr<Entering> Begin(const Form& form, std::string share, std::uint32_t patience_ms,
                                  std::int64_t deadline);
  // Returns the work that belongs to this claim, or null if there is none. `again` is the form that the client sent
  // with the claim, if any. Also returns null if this is not the form for which the claim was made.
  std::shared_ptr<Entering> Find(std::string_view claim, const std::optional<Form>& again) const;
  // Waits for the result. Returns OUTCOME_WAITING if the work has a claim and takes longer than `patience_ms`.
  Task<Entering::Reply> Await(std::shared_ptr<Entering> entering, std::uint32_t patience_ms);

  // Removes the claims for which no client asks any more. Returns the keys of the sessions that their logins began. The
  // caller must end these sessions.
  std::vector<std::string> Sweep();

  std::size_t size() const { return claims_.size(); }
  std::size_t waiting() const;  // claims that have no result yet

 private:
  std::string FormOf(const Form& form) const;

  Loop& loop_;
  const Clock clock_;
  Bytes form_key_;
  std::unordered_map<std::string, std::shared_ptr<Entering>> claims_;  // by the claim's hash
  std::unordered_map<std::string, std::size_t> shares_;
};

}  // namespace zoobar
