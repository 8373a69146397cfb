// RemoteLog: the Log of every role except logger. It sends lines over the channel to logger at the end of the loop's
// turn.
//
// It never blocks, and the lines that wait are bounded. While logger restarts, at most kMaxSecurityWaiting security
// events, kMaxWaiting other events and kMaxAccessWaiting access entries wait. Lines that do not fit are dropped and
// counted, and the count is sent with the next line. Any line may use the first half of the room for its kind. The
// other half is divided into equal shares: for events by name, for access entries by address (IPv6 by /64). So a flood
// of one event, or from one address, leaves room for the others. If logger dies, the lines that it had received but not
// read are lost.
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

  // `logger`: a function that returns the present channel to logger, or null if there is none. It is called once for
  // each flush. Events below `level` are not sent. Security events are always sent. The loop must outlive this object.
  RemoteLog(Loop& loop, std::function<std::shared_ptr<Channel>()> logger, Config::LogLevel level);
  ~RemoteLog() override;

  void Access(AccessRequest::Entry entry) override;

  // Sets the level. It is called when the configuration is reloaded.
  void SetLevel(Config::LogLevel level);
  // Sends the lines that wait now, if there is a channel to logger. The role's runtime calls it after logger was wired,
  // and before the process ends. Without such a call, lines that could not be sent are tried again ten times a second.
  void Flush();

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  struct Core;  // shared with the flush that is pending in the loop
  std::shared_ptr<Core> core_;
};

}  // namespace zoobar
