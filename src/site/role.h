// What makes a role: a row in the table (RoleSpec), a class (RoleBody), and the Site that gives it everything it may
// use.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config.pb.h"
#include "confine/jail.h"
#include "confine/privileges.h"
#include "confine/seccomp.h"
#include "ipc/channel.h"
#include "ipc/log.h"
#include "ipc/loop.h"

namespace zoobar {

// The bytes that a role may send to the master. A role has no other way to tell the master anything.
enum class StateByte : std::uint8_t {
  kReady = 'r',     // the role serves
  kDrained = 'd',   // nothing is in flight any more
  kRotate = 'o',    // logger: a file is full; send new ones
  kReload = 'h',    // admin: the operator asks for it
  kShutdown = 's',  // admin: the operator asks for it
  kAccuse = 0x80,   // with the slot of a peer in the lower seven bits: that peer misbehaved
};

// All instances of one peer role, as this role calls them.
class Peer {
 public:
  Peer(Loop& loop, Role role) : loop_(loop), role_(role) {}

  // Calls the instances in turn. While none is wired, because it is being restarted, the call waits up to one second
  // for one; this is safe, because nothing was sent yet. If the channel closes before the reply, a repeatable method is
  // called once more. After that the result is an Error. `deadline`: as in Channel::Call. A handler that makes a call
  // passes its own deadline.
  template <typename Reply, typename Request>
  Task<Result<Incoming<Reply>>> Call(Request request, Bytes secret = {}, std::vector<Fd> fds = {},
                                     std::int64_t deadline = 0) {
    std::shared_ptr<Channel> channel = co_await Pick();
    if (!channel) co_return Error::Of("{} is not running", RoleName(role_)).As(Cause::kGone);
    if (MethodForRequest<Request>().repeatable && fds.empty()) {
      Request again = request;
      Bytes secret_again = secret;
      auto first = channel->Call<Reply>(std::move(again), std::move(secret_again), std::vector<Fd>(), deadline);
      Result<Incoming<Reply>> reply = co_await first;
      if (reply.ok() || channel->open()) co_return reply;
      channel = co_await Pick();
      if (!channel) co_return reply;
    }
    auto call = channel->Call<Reply>(std::move(request), std::move(secret), std::move(fds), deadline);
    co_return co_await call;
  }
  // Sends a one-way message to the next instance. Returns false, and drops the message, when none is wired.
  template <typename Request>
  bool Send(const Request& request, Bytes secret = {}) {
    std::shared_ptr<Channel> channel = Next();
    return channel && channel->Send(request, std::move(secret));
  }
  template <typename Request>
  void SendToAll(const Request& request) {  // to every instance that is wired
    for (auto& [instance, channel] : channels_) channel->Send(request);
  }

  std::shared_ptr<Channel> Instance(std::uint32_t instance) const;  // null when it is not wired
  std::shared_ptr<Channel> Next();                                  // the instances in turn; null when none is wired
  bool wired() const { return !channels_.empty(); }

  // The runtime calls these when the master wires or replaces a channel.
  void Attach(std::uint32_t instance, std::shared_ptr<Channel> channel);
  void Detach(std::uint32_t instance);

 private:
  Task<std::shared_ptr<Channel>> Pick();

  Loop& loop_;
  Role role_;
  std::map<std::uint32_t, std::shared_ptr<Channel>> channels_;
  std::uint32_t last_ = 0;
  std::vector<std::shared_ptr<Promised<bool>>> waiting_;
};

// Everything a role is given. It lives longer than the role's object.
class Site {
 public:
  virtual ~Site() = default;

  virtual Loop& loop() = 0;
  virtual Log& log() = 0;
  virtual const Config& config() const = 0;  // every default is filled in
  virtual std::uint32_t instance() const = 0;
  virtual Peer& peer(Role role) = 0;
  virtual Service& service() = 0;  // where the role registers its handlers, in its constructor
  // The descriptor that the master passed under this name. Each can be taken once. Invalid if there is none.
  virtual Fd TakePassed(std::string_view name) = 0;
  virtual std::vector<std::string> PassedNames() const = 0;
  // The key for tickets to `audience`, 32 bytes. auth has all of them, an audience has its own. Empty if this role has
  // none.
  virtual const Bytes& TicketKeyFor(Role audience) const = 0;
  // The path of a granted folder in this role's jail.
  virtual std::string folder(Folder folder) const { return folder == Folder::kStore ? "/store" : "/web"; }
  virtual const std::string& operator_hash() const = 0;
  virtual const std::string& version() const = 0;
  virtual void Tell(StateByte state) = 0;  // sends one byte to the master
  // Adds a counter to Health.Report. `value` is called for each report.
  virtual void Count(std::string name, std::function<std::int64_t()> value) = 0;
};

// A role's object. These are the events it may handle besides the calls of its service.
class RoleBody {
 public:
  virtual ~RoleBody() = default;
  // Finish what is in flight and begin nothing new. Call `done` once, when nothing is left. A role that must not begin
  // what others ask for meanwhile calls Service::RefuseAll first.
  virtual void Drain(std::function<void()> done) { done(); }
  virtual void Reload(const Config&) {}
  // logger: a new file in place of a descriptor that was passed earlier under this name.
  virtual void NewFile(const std::string&, Fd) {}
  virtual void RosterChanged(const class Roster&) {}  // admin
  virtual void PeerWired(Role, std::uint32_t /*instance*/, std::int32_t /*pid*/, Fd /*peer_stderr*/) {}
  virtual void PeerLost(Role, std::uint32_t /*instance*/) {}
  virtual Log* OwnLog() { return nullptr; }  // logger: the log for its own lines
};

// A role's row in the table (src/roles/table.cc): what it is, what it may do, and how its object is made.
struct RoleSpec {
  Role role;
  bool several_instances;  // whether the configuration may ask for more than one
  Privileges privileges;
  std::unique_ptr<RoleBody> (*make)(Site&);
  // The paths that the dispatcher sends to this role, unless the configuration has routes for it.
  std::span<const std::string_view> default_routes = {};
  // For the role that owns the pool (sandbox/interpreter.h). Called while the process still has the capabilities it was
  // started with. The descriptor it returns can be taken as "prepared".
  Fd (*prepare)(JailKind kind, IdRange pool, int executable, int scratch) = nullptr;
};

}  // namespace zoobar
