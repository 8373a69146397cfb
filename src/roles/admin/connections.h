// The connections of the control socket, and whether each has authenticated. All state belongs to one connection, so
// what a peer does affects its own connection only.
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

class ControlConnections {
 public:
  static constexpr std::size_t kMaxConnections = 8;
  static constexpr Milliseconds kPatience{10000};  // from the connection to the attempt to authenticate

  // Accepts no connection before Open is called.
  explicit ControlConnections(Site& site, Milliseconds patience = kPatience);

  // Accepts connections from now on. listener: a listening, non-blocking socket.
  void Open(Fd listener);
  // Accepts no more connections. Those that are open stay open.
  void Close();
  std::size_t count() const { return connections_.size(); }

  // Authenticate calls this first. True: this is the connection's only attempt. False: there was an attempt before, so
  // the connection was closed.
  bool BeginAuthentication(Caller caller);
  // The secret was right. False: the connection has ended meanwhile.
  bool Admit(Caller caller);
  // The secret was wrong: closes the connection after a moment in which the reply can still be sent.
  void Refuse(Caller caller);
  // Every other method calls this first. False: the connection has not authenticated, so it was closed.
  bool Admitted(Caller caller, std::string_view method);
  // For the log: the peer's uid as the kernel gives it (the overflow id for a uid outside our user namespace), or "?"
  // if the connection has ended.
  std::string UidOf(Caller caller) const;

 private:
  enum class Stage { kNew, kChecking, kAdmitted, kRefused };
  struct Connection {
    Stage stage = Stage::kNew;
    uid_t uid = 0;
    std::unique_ptr<Timer> patience;
    std::unique_ptr<Channel> channel;
  };

  void Accept();
  void Add(Fd socket);
  void Drop(std::uint32_t number, std::string_view event, std::string_view why);

  Site& site_;
  const Milliseconds patience_;
  Fd listener_;
  std::unique_ptr<Watch> watch_;
  Timer pause_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, Connection> connections_;
};

}  // namespace zoobar
