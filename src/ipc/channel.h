// A channel is a socketpair between two roles. Each role calls the service of the other role over it. See
// docs/design.md, "The wire".
//
// A frame is a 44-byte header (little-endian: body length u32, secret length u32, id u32, method u32, kind u8,
// descriptors u8, cause u8, traced u8, deadline u64, request 16 bytes), then the protobuf message, then the secret.
// Bounds are checked before memory is allocated. One read or write may hold many frames. Descriptors go with the first
// byte of their frame. A call carries the id of the request for which it is made (request/request.h).
//
// Before a handler runs, the channel checks that the role of the peer may call the method. The `callers` option of the
// method in proto/ says which roles may. No other code checks this.
//
// A peer that sends many calls does not misbehave by that. In each direction a window bounds the calls without an
// answer, in number and in bytes. Both ends count these calls in the same way. When the window is full, callers wait in
// order of arrival, until their deadlines. Lasting calls (call_window.h) may use three quarters of the window. A call
// stays in the window until its answer has come, even after its deadline. So if a callee receives more calls than the
// window allows, the peer misbehaves. If a peer does not read its answers, none of its further calls is started until
// it reads them.
//
// A call is sent with its deadline. If the deadline has passed before the handler could start, the handler is not
// started.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/result.h"
#include "ipc/sendable.h"
#include "ipc/stream.h"
#include "ipc/task.h"
#include "ipc/try.h"
#include "options.pb.h"

namespace zoobar {

std::string_view RoleName(Role role);    // "bank"; "?" if there is no such role
Role RoleByName(std::string_view name);  // ROLE_UNSPECIFIED if there is no such role
std::uint32_t RoleId(Role role);         // role_id in proto/options.proto (its user id minus id_base); 0: none

// The process at the other end of a channel. The code that creates the channel sets it. It is never read from a
// message.
struct Caller {
  Role role = ROLE_UNSPECIFIED;
  std::uint32_t instance = 0;
};

// A message that a channel has received: a request for a handler, or a reply for a caller.
template <typename Message>
struct Incoming {
  Caller from;
  Message message;
  Bytes secret;
  std::vector<Fd> fds;
  std::int64_t deadline = 0;  // of a request: when its caller stops waiting, in MonotonicMicros; 0: never
};

// The answer of a handler. A message converts to an Outgoing, because most answers consist only of a message.
template <typename Message>
struct Outgoing {
  Message message;
  Bytes secret;
  std::vector<Fd> fds;

  Outgoing(Message m) : message(std::move(m)) {}
  Outgoing(Message m, Bytes s) : message(std::move(m)), secret(std::move(s)) {}
};

// A method of a service, as its .proto file declares it.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::uint32_t number = 0;   // served_by << 8 | index of the method in its service
  std::uint32_t callers = 0;  // the roles that may call it: bit 1 << role for each
  bool one_way = false, repeatable = false;
  std::vector<DescriptorKind> request_fds, reply_fds;  // what may come; fewer may
  static constexpr Milliseconds kDefaultDeadline{5000};
  Milliseconds deadline = kDefaultDeadline;

  std::string name() const;  // "Bank.Transfer"
  bool permits(Role caller) const { return callers >> caller & 1; }
  bool lasting() const { return deadline > kDefaultDeadline; }  // whether its calls may wait long at the callee
};

// Returns all methods of all services.
// Returns the descriptors of all files in proto/, each serialised, in the order of their names.
const std::vector<std::string>& ContractFiles();
const std::vector<Method>& AllMethods();
// Returns the method with this number (Method::number), or nullptr if there is none.
const Method* MethodByNumber(std::uint32_t number);
// Returns the one method that has this request type. Dies if no method, or more than one, has it.
const Method& MethodForRequest(const google::protobuf::Descriptor* request);
template <typename Request>
const Method& MethodForRequest() {
  static const Method& method = MethodForRequest(Request::descriptor());
  return method;
}
// Returns true if one of the two roles may call at least one method of the other. The master connects only such pairs
// of roles.
bool MayTalk(Role a, Role b);

// The handlers of one role's services, by method. A Service cannot be moved, because its handlers keep a pointer to it.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // A function that parses a request and starts its handler. It returns nullopt if the request cannot be parsed.
  using Raw = std::function<std::optional<Task<Result<RawMessage>>>(Caller, RawMessage)>;

  // Registers a handler, as in service.Handle(&Bank::Transfer, this). The handler is declared as
  // Task<Result<Outgoing<Reply>>> Bank::Transfer(Incoming<Request>).
  // Its type Request determines the method. Dies if Reply is not the reply type of that method.
  template <typename Self, typename Request, typename Reply>
  void Handle(Task<Result<Outgoing<Reply>>> (Self::*handler)(Incoming<Request>), Self* self) {
    const Method& method = MethodForRequest(Request::descriptor());
    const bool of_every_role = method.number >> 8 == ROLE_UNSPECIFIED;  // Health.Report
    const auto start = [this, of_every_role, handler, self](Caller caller,
                                                            RawMessage raw) -> std::optional<Task<Result<RawMessage>>> {
      if (refusal_ && !of_every_role) return Refused(*refusal_);
      Incoming<Request> request{caller, {}, std::move(raw.secret), std::move(raw.fds), raw.deadline};
      if (!request.message.ParseFromArray(raw.body.data(), static_cast<int>(raw.body.size()))) return std::nullopt;
      return Answer((self->*handler)(std::move(request)));
    };
    Add(method, Reply::descriptor(), start);
  }

  // From now on, answers each new call with `why` and does not start its handler. Handlers that have started already
  // continue, and calls of Health.Report are served as before. A role uses it while it drains; `why` should then have
  // Cause::kGone.
  void RefuseAll(Error why) { refusal_ = std::move(why); }

  // Returns the names of the methods of `role`'s service that have no handler yet.
  std::vector<std::string> Missing(Role role) const;
  // Returns the handler of the method with this number, or nullptr if the method has none.
  const Raw* Find(std::uint32_t number) const;

 private:
  static Task<Result<RawMessage>> Refused(Error why) { co_return why; }
  template <typename Reply>
  static Task<Result<RawMessage>> Answer(Task<Result<Outgoing<Reply>>> handling) {
    CO_TRY(Outgoing<Reply> answer, std::move(handling));
    CO_TRY_STATUS(CheckSendable(answer.message, answer.secret.size(), answer.fds.size()));
    RawMessage reply;
    reply.body.resize(answer.message.ByteSizeLong());
    answer.message.SerializeToArray(reply.body.data(), static_cast<int>(reply.body.size()));
    reply.secret = std::move(answer.secret);
    reply.fds = std::move(answer.fds);
    co_return reply;
  }
  void Add(const Method& method, const google::protobuf::Descriptor* reply, Raw handler);

  std::unordered_map<std::uint32_t, Raw> handlers_;
  std::optional<Error> refusal_;  // set by RefuseAll
};

class Channel {
  struct Core;  // shared with calls and handlers that still run and may outlive the channel

 public:
  // A reply that is not parsed yet. CallMethod gives it, and Parsed takes it.
  class RawReply {
    friend class Channel;
    RawReply(RawMessage raw, Caller from, std::shared_ptr<Core> core, const Method& method)
        : raw_(std::move(raw)), from_(from), core_(std::move(core)), method_(&method) {}

    RawMessage raw_;
    Caller from_;
    std::shared_ptr<Core> core_;  // the Channel may be destroyed before the reply comes
    const Method* method_;
  };

  // The functions that the channel calls when something happens. They are called by the event loop, never from inside a
  // member function of Channel. Each of them may destroy the channel.
  struct Events {
    // Called when a handler failed, or when a frame's descriptors could not be received. `what` is meant for the log.
    // May be empty.
    std::function<void(const std::string& what)> on_error;
    // Called when the peer sent something that no correct peer sends. The channel is already closed then.
    std::function<void(const std::string& how)> on_misbehaviour;
    // Called when the peer closed its end or died. Calls to the peer that had no answer have failed before.
    std::function<void()> on_closed;
    // Called for each call whose handler is started, for --trace-calls and counters. May be empty.
    std::function<void(const Method&)> on_call;
    // Called for each call that is not started because its deadline has passed. May be empty.
    std::function<void(const Method&)> on_late;
    // Called when the handler of a call for a traced request has ended: after how many microseconds, and whether it
    // succeeded. May be empty.
    std::function<void(const Method&, std::int64_t micros, bool ok)> on_traced;
  };

  static constexpr std::size_t kMaxBody = frame::kMaxBody, kMaxSecret = frame::kMaxSecret, kMaxFds = frame::kMaxFds;
  // The bounds of the window in each direction: the number of calls without an answer, and the bytes of their frames.
  static constexpr std::size_t kMaxInFlight = 1024, kMaxInFlightBytes = 4 << 20;
  // How many calls of each kind (quick, lasting) may wait for room in the window. Any further call fails at once.
  static constexpr std::size_t kMaxWaiting = 4096;
  // While the peer has not read this many bytes that were queued for it, none of its further calls is started.
  static constexpr std::size_t kMaxUnread = 4 << 20;
  // While the peer has not read this many bytes, one-way messages to it are dropped.
  static constexpr std::size_t kMaxQueued = 8 << 20;

  // `socket`: a connected SOCK_STREAM unix socket. `service`: the methods that the peer may call, or null if there are
  // none. The service must outlive the channel.
  Channel(Loop& loop, Fd socket, Role self, Caller peer, const Service* service, Events events);
  // The same constructor for any other transport.
  Channel(Loop& loop, std::shared_ptr<Transport> transport, Role self, Caller peer, const Service* service,
          Events events);
  ~Channel();  // closes the channel

  // Closes the channel. Calls without an answer fail, and none of the Events is called any more.
  void Close();

  Caller peer() const { return peer_; }
  bool open() const;
  // Returns the number of calls to the peer whose callers still wait, plus the number of calls of the peer that have no
  // answer yet.
  std::size_t in_flight() const;
  std::size_t unsent() const;  // bytes of frames that wait because the peer does not read; 0 if the channel is closed

  // Calls the method of the peer that has this request type. `deadline`: when the caller stops waiting, in
  // MonotonicMicros. The method's own deadline is used if it is earlier, or if `deadline` is 0. The result is an Error
  // if the channel closes, the deadline passes, the peer's handler fails, CheckSendable refuses the request, or
  // kMaxWaiting calls wait already.
  template <typename Reply, typename Request>
  Task<Result<Incoming<Reply>>> Call(Request request, Bytes secret = {}, std::vector<Fd> fds = {},
                                     std::int64_t deadline = 0) {
    CO_TRY(RawReply raw, CallMethod(MethodForRequest<Request>(), request, std::move(secret), std::move(fds), deadline));
    co_return Parsed<Reply>(std::move(raw));
  }

  // Like Call, for callers that are not templates: the reply is not parsed. `request` must live until the task has
  // ended.
  Task<Result<RawReply>> CallMethod(const Method& method, const google::protobuf::Message& request, Bytes secret,
                                    std::vector<Fd> fds, std::int64_t deadline);
  // Returns an Error if the bytes are not a Reply. Then the peer has misbehaved, and its channel is closed.
  template <typename Reply>
  static Result<Incoming<Reply>> Parsed(RawReply raw);

  // Sends a one-way message. Returns false if the message was dropped. That happens if the channel is closed, if the
  // peer has not read kMaxQueued bytes, or if CheckSendable refuses the message.
  template <typename Request>
  bool Send(const Request& request, Bytes secret = {}) {
    return SendRaw(MethodForRequest<Request>(), request, std::move(secret));
  }
  // Returns the frame of a one-way request as bytes. It is for the master, which writes to logger but never reads from
  // it.
  static Bytes OneWayFrame(const google::protobuf::Message& request);
  // Writes the queued frames now. Otherwise they are written at the end of the loop's turn.
  void Flush();

 private:
  static Status Parse(const RawReply& raw, google::protobuf::Message& reply);
  static Task<Result<RawMessage>> CallRaw(std::shared_ptr<Core> core, const Method& method,
                                          const google::protobuf::Message& request, Bytes secret, std::vector<Fd> fds,
                                          std::int64_t deadline);
  static Error MalformedReply(const std::shared_ptr<Core>& core, const Method& method);
  bool SendRaw(const Method& method, const google::protobuf::Message& request, Bytes secret);

  std::shared_ptr<Core> core_;
  Caller peer_;
};

template <typename Reply>
Result<Incoming<Reply>> Channel::Parsed(RawReply raw) {
  Incoming<Reply> reply{raw.from_, {}, std::move(raw.raw_.secret), std::move(raw.raw_.fds)};
  TRY_STATUS(Parse(raw, reply.message));
  return reply;
}

}  // namespace zoobar
