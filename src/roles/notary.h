// Role:      notary, signs heads of the journal's tree, and only such that continue the last one.
// Called by: app (for a member's statement), admin (for `zoobar ctl journal`).
// Calls:     bank (TreeHead, which only reads).
// Holds:     the LMDB environment `notary` (src/store/heads.h): its Ed25519 key and the last head that it has signed.
// If compromised: the attacker can sign any head, also two that contradict each other, and so can prove false
//            histories to members who have no other copy of a head. It cannot change the journal or the balances, and
//            learns from the heads only how many entries there are. A false head is seen by everybody who has an older
//            one, and by `zoobar ctl verify`.
// Known limits: it does not read entries, so it signs whatever bank adds. `zoobar ctl verify` finds entries that do not
//            add up. If a backup is restored, notary is as old as the journal, and signs a second history from there
//            on; members who have newer heads notice that.
//
// Why a role of its own: bank must not sign, because a taken bank could then show each member another history.
// logger and admin are read or steered by people and other roles, and keys signs for whoever connects. notary has
// nothing else to do, so there is little that could go wrong in it.
//
// It signs every Config.Notary.sign_seconds, if the journal has grown, and when a member wants a statement with newer
// entries. One signing serves all who wait for it, and there are at most five in a second. So nobody can make it write
// more than that, and nobody waits for another's turn.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank.pb.h"
#include "journal/checkpoint.h"
#include "notary.pb.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/heads.h"

namespace zoobar {

class Notary : public RoleBody {
 public:
  // Opens the store in `folder`. Ends the process if this fails. `clock` returns milliseconds since 1970.
  Notary(Site& site, std::string folder, std::function<std::int64_t()> clock = WallMillis);

  Task<Result<Outgoing<CheckpointReply>>> Checkpoint(Incoming<CheckpointRequest> call);

  void Reload(const Config& config) override;
  void Drain(std::function<void()> done) override;

 private:
  void SignLater(Milliseconds delay);
  // Signs the present head, or waits for the signing that is going on.
  Task<void> SignOnce();
  Task<void> SignPresent();
  // Whether the tree of `reply` begins with the last signed one. Takes any reply.
  Status Continues(const TreeHeadReply& reply) const;
  Task<Status> Sign(std::uint64_t size, journal::Hash root);  // by value, because it is used after a suspension

  Site& site_;
  const std::function<std::int64_t()> clock_;
  std::unique_ptr<HeadStore> store_;
  const journal::SigningKey key_;
  StoredHead last_;
  journal::Hash last_root_;
  Milliseconds period_;
  Timer timer_;
  InFlight in_flight_;
  bool signing_ = false;
  std::int64_t signed_at_us_ = 0;  // MonotonicMicros of the end of the last signing; 0: there was none
  std::vector<std::shared_ptr<Promised<bool>>> waiting_;
  std::int64_t signed_ = 0, refused_ = 0;
};

extern const RoleSpec kNotaryRole;

}  // namespace zoobar
