// The socket of a service manager, to which the master reports its state (sd_notify(3)).
#pragma once

#include <string>

#include "ipc/fd.h"

namespace zoobar {

class ManagerSocket {
 public:
  // Binds it at `path`. The test fails if that cannot be done.
  explicit ManagerSocket(std::string path);

  const std::string& path() const { return path_; }  // for NOTIFY_SOCKET
  // Waits for the next message. Empty if none comes within a minute.
  std::string Next();
  // Takes what is there without waiting. Returns the number of messages.
  int TakeAll();
  // Waits until the master has sent a message with this text, at any time so far.
  bool IsTold(const std::string& text);
  // All messages that were received.
  const std::string& told() const { return told_; }

 private:
  // A message that is there; empty if there is none.
  std::string Receive();

  std::string path_, told_;
  Fd socket_;
};

}  // namespace zoobar
