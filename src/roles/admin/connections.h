// The connections of the control socket, and whether each has authenticated. Each connection has its own state, so a
// client can change only the state of its own connection.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "ipc/channel.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "site/role.h"

namespace zoobar {

// The answer to a call on a connection that has not authenticated.
inline const Error kNotAdmitted{"not authenticated"};

class ControlConnections {
 public:
  static constexpr std::size_t kMaxConnections = 8;
  static constexpr Milliseconds kPatience{10000};  // how long a client may take to authenticate after it connected

  // Accepts no connection until Open is called. ended: called after a connection has ended, whoever ended it.
  ControlConnections(Site& site, std::function<void(Caller)> ended, Milliseconds patience = kPatience);

  // Starts to accept connections. listener: a listening, non-blocking socket.
  void Open(Fd listener);
  // Accepts no more connections. Those that are open stay open.
  void Close();
  std::size_t count() const { return connections_.size(); }
  bool IsOpen(Caller caller) const { return connections_.contains(caller.instance); }

  // Admin::Authenticate calls this first. Returns true if this is the first attempt on the connection. If there was an
  // attempt before, closes the connection and returns false. Also returns false if the connection has already ended.
  bool BeginAuthentication(Caller caller);
  // Must be called when the secret was right. Marks the connection as authenticated. `uid` is the client's uid as the
  // client says. Returns false if the connection has ended while the secret was checked.
  bool Admit(Caller caller, uid_t uid);
  // Must be called when the secret was wrong. Closes the connection after a short time, in which the reply is still
  // sent.
  void Refuse(Caller caller);
  // Each method of Admin other than Authenticate calls this first. Returns whether the connection has authenticated. If
  // it has not, closes the connection.
  bool Admitted(Caller caller, std::string_view method);
  // Returns the client's uid as the kernel reports it, for the log. The kernel reports a uid outside our user namespace
  // as the overflow id. Then returns the uid that the client named when it proved that it has the secret, with the words
  // "as ctl says". Returns "?" if the connection has ended.
  std::string UidOf(Caller caller) const;

 private:
  enum class Stage { kNew, kChecking, kAdmitted, kRefused };
  struct Connection {
    Stage stage = Stage::kNew;
    uid_t uid = 0, said = 0;
    std::unique_ptr<Timer> patience;
    std::unique_ptr<Channel> channel;
  };

  void Accept();
  void Add(Fd socket);
  void Drop(std::uint32_t number, std::string_view event, std::string_view why);
  void End(std::uint32_t number);

  Site& site_;
  const std::function<void(Caller)> ended_;
  const Milliseconds patience_;
  Fd listener_;
  std::unique_ptr<Watch> watch_;
  Timer pause_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, Connection> connections_;
};

}  // namespace zoobar
