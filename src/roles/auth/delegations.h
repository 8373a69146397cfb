// auth's delegations: a member's word that their own program may pay, and how much within an hour. It is part of the
// account in the store and never leaves auth; what a visit brings along is a spending ticket (auth/acts.h).
// docs/design.md, "Who acts for whom".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "roles/auth/sessions.h"
#include "store/credentials.h"

namespace zoobar {

using Acts = google::protobuf::RepeatedPtrField<Act>;

// What the account's program may pay; nothing: it may not.
std::optional<SpendingLimits> DelegatedBy(const StoredAccount& account);

class Delegations {
 public:
  // Of a delegation just made, in zoobars; the member may change them.
  static constexpr std::uint32_t kPerHour = 20, kPerRecipient = 10;

  explicit Delegations(const Credentials& credentials) : credentials_(credentials) {}

  struct Change {
    std::string_view event;  // for the log: "delegation-made", "delegation-removed", "delegation-changed"
    SpendingLimits limits;   // from now on; of one removed, those it had
  };
  struct Judged {
    bool session = true;                                // false: it ended meanwhile, nothing was changed
    std::vector<CheckReply::Granted::Outcome> answers;  // to each Act.Delegate, in order
    std::vector<Change> changes;
  };
  // Makes of `account` what the acts ask for, one after the other. Most acts have nothing to do with it.
  static Judged Apply(const Acts& acts, std::int64_t now_ms, StoredAccount& account);
  // The same, in the store, to the account of a session that is still there.
  Judged Store(WriteTransaction& tx, const LiveSessions::Found& found, const Acts& acts, std::int64_t now_ms) const;

 private:
  const Credentials& credentials_;
};

}  // namespace zoobar
