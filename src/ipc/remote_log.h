// RemoteLog: the Log of every role but logger: lines go over the channel to logger at the end of the loop's turn.
//
// Bounded in every direction and never blocking. While logger restarts, lines wait: security events up to
// kMaxSecurityWaiting, other events up to kMaxWaiting, access entries up to kMaxAccessWaiting; what does not fit is
// counted, and the count travels with the next line that does. The first half of the room goes to whoever comes, the
// other half in equal shares: of security events to their kinds, of access entries to their addresses (IPv6 by /64). So
// a flood of one kind, or from one address, leaves room for the others. What a dead logger had not read yet is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "config.pb.h"
#include "ipc/channel.h"
#include "ipc/log.h"
#include "ipc/loop.h"

namespace zoobar {

class RemoteLog : public Log {
 public:
  static constexpr std::size_t kMaxWaiting = 256, kMaxSecurityWaiting = 1024, kMaxAccessWaiting = 4096;
  // A line's own bounds; logger applies the same again, since a sender may lie.
  static constexpr std::size_t kMaxEvent = 64, kMaxFields = 16, kMaxKey = 32, kMaxValue = 1024;

  // logger: the channel to logger now, null while there is none; asked once per flush. Events below `level` are not
  // sent; security events always are. The loop outlives this.
  RemoteLog(Loop& loop, std::function<std::shared_ptr<Channel>()> logger, Config::LogLevel level);
  ~RemoteLog() override;

  void Access(AccessRequest::Entry entry) override;

  // After a reload.
  void SetLevel(Config::LogLevel level);
  // Sends what waits, if there is a channel, and does not wait for the end of the turn. The runtime calls it when
  // logger was wired and before it leaves; without the call what waits is tried again ten times a second.
  void Flush();

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  struct Core;  // shared with the flush that the loop still holds
  std::shared_ptr<Core> core_;
};

}  // namespace zoobar
