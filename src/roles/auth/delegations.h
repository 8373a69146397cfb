// Delegations. With a delegation a member allows their own program to pay, up to a limit in each hour. A delegation is
// part of the account in the store and never leaves auth. A visit to the program carries a spending ticket instead
// (auth/acts.h). See docs/design.md, "Who acts for whom".
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

// Returns what the account's program may pay, or nullopt if the program may not pay.
std::optional<SpendingLimits> DelegatedBy(const StoredAccount& account);

class Delegations {
 public:
  // The limits of a new delegation, in zoobars. The member may change them.
  static constexpr std::uint32_t kPerHour = 20, kPerRecipient = 10;

  explicit Delegations(const Credentials& credentials) : credentials_(credentials) {}

  struct Change {
    std::string_view event;  // for the log: "delegation-made", "delegation-removed", "delegation-changed"
    SpendingLimits limits;   // the new limits; of a removed delegation, the limits that it had
  };
  struct Applied {
    bool session = true;                                // false: the session has ended, and nothing was changed
    std::vector<CheckReply::Granted::Outcome> answers;  // one for each Act.Delegate, in order
    std::vector<Change> changes;
  };
  // Changes the delegation in `account` as the acts say, one act after the other. Most acts do not change the
  // delegation.
  static Applied Apply(const Acts& acts, std::int64_t now_ms, StoredAccount& account);
  // Applies the delegation changes in `acts` to the stored account. Does nothing if the session has ended meanwhile.
  Applied Store(WriteTransaction& tx, const LiveSessions::Found& found, const Acts& acts, std::int64_t now_ms) const;

 private:
  const Credentials& credentials_;
};

}  // namespace zoobar
