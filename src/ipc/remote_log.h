// RemoteLog: the Log of every role except logger. It sends lines over the channel to logger at the end of the loop's
// turn.
//
// It is bounded and never blocks. While logger restarts, lines wait: at most kMaxSecurityWaiting security events,
// kMaxWaiting other events and kMaxAccessWaiting access entries. Lines that do not fit are counted, and the count is
// sent with the next line. The first half of each kind of room is free for any line. The other half is divided into
// equal shares: events by name, access entries by address (IPv6 by /64). So a flood of one event, or from one address,
// leaves room for the others. Lines that a logger had not read when it died are lost.
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
  // The bounds of one line. logger checks them again, because it does not trust the sender.
  static constexpr std::size_t kMaxEvent = 64, kMaxFields = 16, kMaxKey = 32, kMaxValue = 1024;

  // `logger`: returns the present channel to logger, or null if there is none. It is called once for each flush. Events
  // below `level` are not sent, but security events always are. The loop must outlive this.
  RemoteLog(Loop& loop, std::function<std::shared_ptr<Channel>()> logger, Config::LogLevel level);
  ~RemoteLog() override;

  void Access(AccessRequest::Entry entry) override;

  // For a reload of the configuration.
  void SetLevel(Config::LogLevel level);
  // Sends the lines that wait now, if there is a channel. The role's runtime calls it after logger was wired, and
  // before the process ends. Otherwise lines that wait are tried again ten times a second.
  void Flush();

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  struct Core;  // shared with the flush that is pending in the loop
  std::shared_ptr<Core> core_;
};

}  // namespace zoobar
