// AdminGate: the connections of the control socket, and how far each has come. State is per connection: whatever one
// peer does costs that peer alone.
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

class AdminGate {
 public:
  static constexpr std::size_t kMaxConnections = 8;
  static constexpr Milliseconds kPatience{10000};  // to be let in, from the connection on

  // Nothing is accepted until Open.
  explicit AdminGate(Site& site, Milliseconds patience = kPatience);

  // Accepts from now on. listener: listening, non-blocking.
  void Open(Fd listener);
  // Accepts no more; what is connected stays.
  void Close();
  std::size_t count() const { return connections_.size(); }

  // For Authenticate: true once per connection. A second time, or after a refusal, the connection is closed.
  bool BeginAuthentication(Caller caller);
  // Lets it in. False when it has gone meanwhile.
  bool Admit(Caller caller);
  // After a wrong secret: the answer may still leave, then the connection is closed.
  void Refuse(Caller caller);
  // For every other method: whether the connection was let in; else it is closed.
  bool Admitted(Caller caller, std::string_view method);
  // For the log: the peer's uid as the kernel gives it (the overflow id for one outside our user namespace).
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
