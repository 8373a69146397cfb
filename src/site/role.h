// What a role is to the program: a row (RoleSpec), a class, and a Site that hands it everything it may use.
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

// The bytes a role may send to the master: the whole language. 0x80 | slot accuses the peer wired under that slot.
enum class StateByte : std::uint8_t {
  kReady = 'r',     // serving
  kDrained = 'd',   // nothing in flight any more
  kRotate = 'o',    // logger: a file is full; send new ones
  kReload = 'h',    // admin: the operator asks for it
  kShutdown = 's',  // admin: the operator asks for it
  kAccuse = 0x80,
};

// All instances of one peer role, as this role reaches them.
class Peer {
 public:
  Peer(Loop& loop, Role role) : loop_(loop), role_(role) {}

  // Calls one instance, in turn. While none is wired (it is being restarted) waits up to a second for one: nothing was
  // sent yet, so waiting is safe. A repeatable method whose channel closed meanwhile is asked once more. UNAVAILABLE
  // (an Error) after that. `deadline`: as in Channel::Call; a handler that calls on passes its own.
  template <typename Reply, typename Request>
  Task<Result<Incoming<Reply>>> Call(Request request, Bytes secret = {}, std::vector<Fd> fds = {},
                                     std::int64_t deadline = 0) {
    std::shared_ptr<Channel> channel = co_await Pick();
    if (!channel) co_return Error::Of("{} is not running", RoleName(role_)).As(Cause::kGone);
    if (MethodForRequest<Request>().repeatable && fds.empty()) {
      Request again = request;
      Bytes secret_again = secret;
      auto asking = channel->Call<Reply>(std::move(again), std::move(secret_again), std::vector<Fd>(), deadline);
      Result<Incoming<Reply>> reply = co_await asking;
      if (reply.ok() || channel->open()) co_return reply;
      channel = co_await Pick();
      if (!channel) co_return reply;
    }
    co_return co_await channel->Call<Reply>(std::move(request), std::move(secret), std::move(fds), deadline);
  }
  // One-way to one instance / to every instance; dropped when none is wired.
  template <typename Request>
  bool Send(const Request& request, Bytes secret = {}) {
    std::shared_ptr<Channel> channel = Next();
    return channel && channel->Send(request, std::move(secret));
  }
  template <typename Request>
  void SendToAll(const Request& request) {
    for (auto& [instance, channel] : channels_) channel->Send(request);
  }

  std::shared_ptr<Channel> Instance(std::uint32_t instance) const;  // null when not wired
  std::shared_ptr<Channel> Next();                                  // in turn; null when none
  bool wired() const { return !channels_.empty(); }

  // For the runtime.
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

// Everything a role is given. Outlives the role's object.
class Site {
 public:
  virtual ~Site() = default;

  virtual Loop& loop() = 0;
  virtual Log& log() = 0;
  virtual const Config& config() const = 0;  // complete: every default filled in
  virtual std::uint32_t instance() const = 0;
  virtual Peer& peer(Role role) = 0;
  virtual Service& service() = 0;  // where the role registers its handlers, in its constructor
  // A descriptor the master passed under this name; each can be taken once. Invalid if there is none.
  virtual Fd TakePassed(std::string_view name) = 0;
  virtual std::vector<std::string> PassedNames() const = 0;
  // The key this role shares for tickets to `audience`: auth has all, an audience its own. 32 bytes; empty if none.
  virtual const Bytes& TicketKeyFor(Role audience) const = 0;
  // Where a granted folder stands in this role's jail.
  virtual std::string folder(Folder folder) const { return folder == Folder::kStore ? "/store" : "/web"; }
  virtual const std::string& operator_hash() const = 0;
  virtual const std::string& version() const = 0;
  virtual void Tell(StateByte state) = 0;  // one byte to the master
  // Adds to what Health.Report says: read when asked.
  virtual void Count(std::string name, std::function<std::int64_t()> value) = 0;
};

// A role's object. What it does beyond answering its service.
class RoleBody {
 public:
  virtual ~RoleBody() = default;
  // Finish what is in flight and take on nothing new; call done once, when nothing is left.
  virtual void Drain(std::function<void()> done) { done(); }
  virtual void Reload(const Config&) {}
  // A new file for a descriptor passed earlier (logger).
  virtual void NewFile(const std::string&, Fd) {}
  virtual void RosterChanged(const class Roster&) {}  // admin
  virtual void PeerWired(Role, std::uint32_t /*instance*/, std::int32_t /*pid*/, Fd /*peer_stderr*/) {}
  virtual void PeerLost(Role, std::uint32_t /*instance*/) {}
  virtual Log* OwnLog() { return nullptr; }  // logger: where its site's own lines go
};

// A role's row in the table (src/roles/table.cc): what it is, what it may do, how it is made.
struct RoleSpec {
  Role role;
  bool several_instances;  // may the configuration ask for more than one
  Privileges privileges;
  std::unique_ptr<RoleBody> (*make)(Site&);
  std::span<const std::string_view> default_routes =
      {};  // what the dispatcher sends here unless the configuration says
  // Of the role that owns the pool: called with the capabilities it was started with, before it gives them up; see
  // sandbox/interpreter.h. What it returns can be taken as "prepared".
  Fd (*prepare)(JailKind kind, IdRange pool, int executable, int scratch) = nullptr;
};

}  // namespace zoobar
