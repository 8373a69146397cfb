// Role:      honeychecker: knows which of an account's sweetwords is the real one.
// Called by: auth.
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `honey` (src/store/indexes.h): for each account a number from 1 to k, and the name
//            that the bell names. It holds no password, no hash and no word.
// If compromised: the numbers, which are useless without auth's store. It can also be silent: it can say of any
//            sweetword that it is the real one. It cannot add a sweetword, and it cannot log anybody in.
// Known limits: it believes auth. A taken auth may set every index anew (each Set is in the log), or give the name of
//            another member. It cannot read an index, and every wrong guess rings the bell.
//
// Juels and Rivest, "Honeywords: Making Password-Cracking Detectable", CCS 2013. Its calls are the two of section 2.4.
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
  // Opens the store. Dies when it cannot.
  explicit Honeychecker(Site& site, std::string folder = kStoreFolder);

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
