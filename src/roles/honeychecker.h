// Role:      honeychecker, knows which of an account's sweetwords is the real one.
// Called by: auth.
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `honey` (src/store/indexes.h). For each account, the environment contains a number
//            from 1 to k, and the member's name for an alarm. It contains no password, no hash and no sweetword.
// If compromised: the attacker learns the numbers, which are useless without auth's store. The attacker can also
//            prevent alarms, by answering that any sweetword is the real one. The attacker cannot add a sweetword, and
//            cannot log anybody in.
// Known limits: it believes auth. A compromised auth can set every index anew (each Set is in the log), or give the
//            name of another member. But auth cannot read an index, and every wrong guess raises an alarm.
//
// The idea comes from Juels and Rivest, "Honeywords: Making Password-Cracking Detectable", CCS 2013. This role has the
// two calls that section 2.4 of the paper describes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "honeychecker.pb.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/indexes.h"

namespace zoobar {

class Honeychecker : public RoleBody {
 public:
  // Opens the store in `folder`. Ends the process if this fails.
  Honeychecker(Site& site, std::string folder);

  Task<Result<Outgoing<SetIndexReply>>> Set(Incoming<SetIndexRequest> call);
  Task<Result<Outgoing<CheckIndexReply>>> Check(Incoming<CheckIndexRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }

 private:
  Site& site_;
  std::unique_ptr<Indexes> indexes_;
  InFlight in_flight_;
  std::int64_t checked_ = 0, alarms_ = 0;
};

extern const RoleSpec kHoneycheckerRole;

}  // namespace zoobar
