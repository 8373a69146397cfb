// A role consists of a row in the table (RoleSpec), a class (RoleBody), and the Site, which gives the class everything
// that it may use.
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
#include "ipc/try.h"
#include "site/waiters.h"

namespace zoobar {

class Environment;     // store/environment.h
class RequestFigures;  // site/request_figures.h

// The bytes that a role may send to the master. A role has no other way to tell the master anything.
enum class StateByte : std::uint8_t {
  kReady = 'r',     // the role serves from now on
  kDrained = 'd',   // the role was told to drain, and no call is in flight any more
  kRotate = 'o',    // logger: a file is full; send new ones
  kSealed = 'n',    // logger: it has written sealed records; note where they end (at most once a second)
  kReload = 'h',    // admin: the operator asks for a reload
  kShutdown = 's',  // admin: the operator asks for a shutdown
  kRest = 'w',      // admin: the operator asks the site to take no new connections
  kResume = 'v',    // admin: and to take them again
  kUpgrade = 'u',   // admin: the operator asks to start processes with the installed program from now on
  kGoBack = 'b',    // admin: and to start them with the one before again
  kRestart = 'p',   // admin: the operator asks to restart a process; a second byte is its slot (Site::TellRestart)
  kAccuse = 0x80,   // a peer misbehaved; the lower seven bits are the slot of that peer
};

// All instances of another role, for the role that calls them.
class Peer {
 public:
  Peer(Loop& loop, Role role) : loop_(loop), role_(role) {}

  // Calls a method of one instance. Each call goes to the next instance in turn. If no instance is wired, because it is
  // being restarted, the call waits up to one second for an instance. This is safe, because nothing was sent yet. If
  // the channel closes before the reply, a repeatable method is called once more, unless descriptors were sent with the
  // call. After that the result is an Error. `deadline`: as in Channel::Call. A handler that makes a call passes its
  // own deadline.
  template <typename Reply, typename Request>
  Task<Result<Incoming<Reply>>> Call(Request request, Bytes secret = {}, std::vector<Fd> fds = {},
                                     std::int64_t deadline = 0) {
    CO_TRY(Channel::RawReply reply,
           CallMethod(MethodForRequest<Request>(), request, std::move(secret), std::move(fds), deadline));
    co_return Channel::Parsed<Reply>(std::move(reply));
  }
  // Sends a one-way message to the next instance. Returns false if the message was dropped, because no instance is
  // wired or for a reason of Channel::Send.
  template <typename Request>
  bool Send(const Request& request, Bytes secret = {}) {
    std::shared_ptr<Channel> channel = Next();
    return channel && channel->Send(request, std::move(secret));
  }
  template <typename Request>
  void SendToAll(const Request& request) {  // to every instance that is wired
    for (auto& [instance, channel] : channels_) channel->Send(request);
  }

  // The channel of this instance, also if it is retired. Null if it is not wired.
  std::shared_ptr<Channel> Instance(std::uint32_t instance) const;
  std::shared_ptr<Channel> Next();  // returns the instances in turn; null if none is wired
  bool wired() const { return !channels_.empty(); }
  std::size_t unsent() const;  // of all its channels, see Channel::unsent

  // The runtime calls these when the master wires or replaces a channel.
  void Attach(std::uint32_t instance, std::shared_ptr<Channel> channel);
  void Detach(std::uint32_t instance);
  // The instance is about to be restarted. From now on calls go to another instance, or wait for the next process of
  // this one. The channel stays open for the calls that are in flight on it.
  void Retire(std::uint32_t instance);

 private:
  Task<std::shared_ptr<Channel>> Pick();
  Task<Result<Channel::RawReply>> CallMethod(const Method& method, const google::protobuf::Message& request,
                                             Bytes secret, std::vector<Fd> fds, std::int64_t deadline);

  Loop& loop_;
  Role role_;
  std::map<std::uint32_t, std::shared_ptr<Channel>> channels_, retired_;  // by instance, which is in one of them
  std::uint32_t last_ = 0;
  Waiters waiting_;
};

// The beginning of an epoch of a sealed log, as the master hands it to logger. See message Seal in proto/master.proto.
struct SealStart {
  std::string log;
  std::uint64_t start = 0, epoch = 0;
  Bytes key;
  std::string found, found_mac, noted;
  bool torn = false;
};

// Everything that a role gets from its runtime. The Site lives longer than the role's object.
class Site {
 public:
  virtual ~Site() = default;

  virtual Loop& loop() = 0;
  virtual Log& log() = 0;
  virtual const Config& config() const = 0;  // every default is filled in
  virtual std::uint32_t instance() const = 0;
  virtual Peer& peer(Role role) = 0;
  virtual Service& service() = 0;  // where the role registers its handlers, in its constructor
  // Returns the descriptor that the master passed under this name. Each descriptor can be taken only once. The result
  // is invalid if there is none.
  virtual Fd TakePassed(std::string_view name) = 0;
  virtual std::vector<std::string> PassedNames() const = 0;
  // Returns the key (32 bytes) for tickets to `audience`. auth has the keys of all audiences. Each audience has only
  // its own key. The result is empty if this role does not have the key.
  virtual const Bytes& TicketKeyFor(Role audience) const = 0;
  // Returns the path, inside this role's jail, of a folder that the role may use.
  virtual std::string folder(Folder folder) const { return FolderPath(JailKind::kNamespaces, folder); }
  virtual const std::string& operator_hash() const = 0;
  // Returns the public half of the operator key (operator_act.h). Only the roles that carry out signed acts have it.
  virtual const std::string& operator_key() const = 0;
  // Only for logger: the keys with which its sealed logs begin. They can be taken only once.
  virtual std::vector<SealStart> TakeSeals() { return {}; }
  virtual const std::string& version() const = 0;
  virtual void Tell(StateByte state) = 0;  // sends one byte to the master
  // admin: asks the master to restart the process with this slot (Roster.Entry).
  virtual void TellRestart(std::uint32_t slot) = 0;
  // Adds a counter to Health.Report. `value` is called for each report.
  virtual void Count(std::string name, std::function<std::int64_t()> value) = 0;
  // Adds the figures of answered requests to Health.Report. They must live as long as the role.
  virtual void SetRequests(const RequestFigures& figures) = 0;
  // Names the role's store, for Health.HoldStore. The environment must live as long as the role.
  virtual void SetStore(Environment& store) = 0;
};

// The base class of a role's object. Its functions are the events that a role may handle, in addition to the calls of
// its service.
class RoleBody {
 public:
  virtual ~RoleBody() = default;
  // Called before Drain if the operator only lets the site take no connections for a while (Master::Rest). A role with a
  // listener must go on accepting, and turn away what it accepts, because nobody else will.
  virtual void Rest() {}
  // Called before Drain if only this process is restarted. The role then need not wait for what it has handed to others
  // and what goes on without it.
  virtual void Leave() {}
  // The role must finish the work in flight and begin no work of its own. It must call `done` once, when nothing is
  // left. A role that must not start calls that others make meanwhile calls Service::RefuseAll first.
  virtual void Drain(std::function<void()> done) { done(); }
  virtual void Reload(const Config&) {}
  // Only for logger: a new file, which replaces the descriptor that the master passed earlier under this name.
  virtual void NewFile(const std::string&, Fd) {}
  virtual void RosterChanged(const class Roster&) {}       // admin
  virtual void ReloadEnded(const class ReloadEnded&) {}    // admin
  virtual void RestartEnded(const class RestartEnded&) {}  // admin
  virtual void ProgramTaken(const class ProgramTaken&) {}  // admin
  virtual void PeerWired(Role, std::uint32_t /*instance*/, std::int32_t /*pid*/, Fd /*peer_stderr*/) {}
  virtual void PeerLost(Role, std::uint32_t /*instance*/) {}
  virtual Log* OwnLog() { return nullptr; }  // logger: the log for its own lines
};

// A role's row in the table (src/roles/table.cc). It says what the role may do, and how its object is made.
struct RoleSpec {
  Role role;
  bool several_instances;  // whether the configuration may ask for more than one
  Privileges privileges;
  std::unique_ptr<RoleBody> (*make)(Site&);
  // The paths whose requests the dispatcher sends to this role, unless the configuration has routes for the role.
  std::span<const std::string_view> default_routes = {};
  // Only for the role that owns the pool of user ids for runs (sandbox/interpreter.h). It is called while the process
  // still has the capabilities with which it was started. The role gets the returned descriptor by
  // TakePassed("prepared").
  Fd (*prepare)(JailKind kind, IdRange pool, int executable, int scratch) = nullptr;
};

}  // namespace zoobar
