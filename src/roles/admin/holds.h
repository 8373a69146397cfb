// Holds the stores of all roles for the moment of a backup. See Health.HoldStore. Only one connection of the control
// socket holds them at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "admin.pb.h"
#include "site/role.h"

namespace zoobar {

class StoreHolds {
 public:
  // A connection that has not released the stores after this time has lost them: the roles have released them.
  static constexpr Milliseconds kLongest{2000};

  explicit StoreHolds(Site& site) : site_(site) {}

  // Asks all roles of the roster that have a store, at the same time. The reply names those that have answered. If
  // another connection holds the stores, the reply says that they are busy.
  Task<Result<HoldStoresReply>> Hold(const Roster& roster, Caller caller);
  // Releases what the last Hold of this connection has held.
  Task<Result<ReleaseStoresReply>> Release(Caller caller);
  // Must be called when a connection has ended. Releases what it has held, so that the roles write again at once, and the
  // next backup need not wait.
  void Ended(Caller caller);

 private:
  struct HoldRound;
  struct Held {
    std::shared_ptr<Channel> channel;
    std::uint64_t hold = 0;
  };
  Task<void> AskToHold(std::shared_ptr<HoldRound> round, Role role, std::shared_ptr<Channel> channel);
  static Task<void> AskToRelease(std::shared_ptr<HoldRound> round, Held held);
  static void AskAllToRelease(const std::shared_ptr<HoldRound>& round, std::vector<Held> held);

  Site& site_;
  std::optional<std::uint32_t> owner_;  // the connection that holds the stores; it has this caller.instance
  std::int64_t since_ = 0;              // of MonotonicMicros
  std::vector<Held> held_;
};

}  // namespace zoobar
