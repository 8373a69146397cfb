// Channel: a socketpair between two roles, over which each calls the other's service. docs/design.md, "The wire".
//
// A frame is a 28-byte header (little-endian: body length u32, secret length u32, id u32, method u32, kind u8,
// descriptors u8, cause u8, reserved u8 = 0, deadline u64), then the protobuf message, then the secret. Bounds are
// checked before memory is allocated. One read or write may hold many frames. Descriptors go with the first byte of
// their frame.
//
// The channel checks permission, from the method's `callers` option, before a handler runs. Nothing else checks it.
//
// Much load is never misbehaviour. In each direction a window bounds the calls without an answer, in number and in
// bytes. Both ends count it in the same way. When it is full, callers wait in order of arrival, until their deadlines.
// Lasting calls have three quarters of it. A call stays in the window until its answer has come, also after its
// deadline. So a callee that sees more calls than the window allows has a misbehaving peer. If a peer does not read its
// answers, none of its further calls is started until it does.
//
// The deadline is sent with the call. If it has passed before the handler could start, the call is not started.
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
std::uint32_t RoleId(Role role);         // its role_id in proto/options.proto, added to id_base; 0 if it has none

// The process at the other end. It is known from the channel, never taken from a message.
struct Caller {
  Role role = ROLE_UNSPECIFIED;
  std::uint32_t instance = 0;
};

// What a channel receives: a request for a handler, or a reply for a caller.
template <typename Message>
struct Incoming {
  Caller from;
  Message message;
  Bytes secret;
  std::vector<Fd> fds;
  std::int64_t deadline = 0;  // of a request: when its caller stops waiting, in MonotonicMicros; 0: never
};

// What a handler answers. A message converts to it, because most answers are only a message.
template <typename Message>
struct Outgoing {
  Message message;
  Bytes secret;
  std::vector<Fd> fds;

  Outgoing(Message m) : message(std::move(m)) {}
  Outgoing(Message m, Bytes s) : message(std::move(m)), secret(std::move(s)) {}
};

// A method, as the .proto file declares it.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::uint32_t number = 0;   // served_by << 8 | its index in the service
  std::uint32_t callers = 0;  // a bit 1 << role for each
  bool one_way = false, repeatable = false;
  std::uint32_t request_fds = 0, reply_fds = 0;
  Milliseconds deadline{5000};

  std::string name() const;  // "Bank.Transfer"
  bool permits(Role caller) const { return callers >> caller & 1; }
};

// All methods of all services.
const std::vector<Method>& AllMethods();
// nullptr if there is none.
const Method* MethodByNumber(std::uint32_t number);
// The one method with this request type. Dies if there is none, or more than one.
const Method& MethodForRequest(const google::protobuf::Descriptor* request);
template <typename Request>
const Method& MethodForRequest() {
  static const Method& method = MethodForRequest(Request::descriptor());
  return method;
}
// Whether some method allows one of the two roles to call the other. The master connects only such pairs.
bool MayTalk(Role a, Role b);

// The handlers of one role's service(s), by method. Stays where it is: its handlers point to it.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Starts the handler. Gives nothing when the request does not parse.
  using Raw = std::function<std::optional<Task<Result<RawMessage>>>(Caller, RawMessage)>;

  // service.Handle(&Bank::Transfer, this): Task<Result<Outgoing<Reply>>> Bank::Transfer(Incoming<Request>).
  // The request's type says which method it is. Dies when the reply's type is not the method's.
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

  // From now on each call is answered with `why`, and its handler is not started. Two kinds of calls are excepted:
  // calls whose handlers have started, and Health.Report. For a role that drains; `why` should have Cause::kGone.
  void RefuseAll(Error why) { refusal_ = std::move(why); }

  // The methods of `role`'s service that have no handler yet, by name. Empty when all have one.
  std::vector<std::string> Missing(Role role) const;
  // nullptr if the method has no handler.
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
 public:
  // The loop calls these, never a member function of the channel. Each of them may destroy the channel.
  struct Events {
    // A handler failed, or a frame's descriptors could not be received. For the log. May be empty.
    std::function<void(const std::string& what)> on_error;
    // The peer did what no honest peer does. The channel is closed already.
    std::function<void(const std::string& how)> on_misbehaviour;
    // The peer closed its end or died. Calls that had no answer have failed.
    std::function<void()> on_closed;
    // Called for each call whose handler is started, for --trace-calls and counters. May be empty.
    std::function<void(const Method&)> on_call;
    // Called for each call that is not started because its deadline has passed. May be empty.
    std::function<void(const Method&)> on_late;
  };

  static constexpr std::size_t kMaxBody = frame::kMaxBody, kMaxSecret = frame::kMaxSecret, kMaxFds = frame::kMaxFds;
  // The window of one direction: calls without an answer, and the bytes of their frames.
  static constexpr std::size_t kMaxInFlight = 1024, kMaxInFlightBytes = 4 << 20;
  // Calls of one kind (quick or lasting) that may wait for the window. One more fails at once.
  static constexpr std::size_t kMaxWaiting = 4096;
  // If the peer has not read this many bytes, none of its further calls is started.
  static constexpr std::size_t kMaxUnread = 4 << 20;
  // If the peer has not read this many bytes, one-way messages are dropped.
  static constexpr std::size_t kMaxQueued = 8 << 20;

  // Takes a connected SOCK_STREAM unix socket. `service` is what the peer may call. It may be null. It must outlive
  // the channel.
  Channel(Loop& loop, Fd socket, Role self, Caller peer, const Service* service, Events events);
  // The same over any transport.
  Channel(Loop& loop, std::shared_ptr<Transport> transport, Role self, Caller peer, const Service* service,
          Events events);
  ~Channel();  // closes it

  // Closes the channel. It calls no event any more, and calls without an answer fail.
  void Close();

  Caller peer() const { return peer_; }
  bool open() const;
  // Calls to the peer whose caller still waits, and calls of the peer that have no answer yet.
  std::size_t in_flight() const;

  // Calls the method of the peer that takes this request. `deadline`: when the caller stops waiting, in
  // MonotonicMicros; the method's own deadline holds if it is earlier, or if `deadline` is 0. An Error if the channel
  // closes, the deadline passes, the peer's handler fails, the request cannot be sent (CheckSendable), or kMaxWaiting
  // calls wait already.
  template <typename Reply, typename Request>
  Task<Result<Incoming<Reply>>> Call(Request request, Bytes secret = {}, std::vector<Fd> fds = {},
                                     std::int64_t deadline = 0) {
    const Method& method = MethodForRequest<Request>();
    const std::shared_ptr<Core> core = core_;  // this Channel may be destroyed before the reply comes
    const Caller peer = peer_;
    CO_TRY(RawMessage raw, CallRaw(core, method, request, std::move(secret), std::move(fds), deadline));
    Incoming<Reply> reply{peer, {}, std::move(raw.secret), std::move(raw.fds)};
    if (!reply.message.ParseFromArray(raw.body.data(), static_cast<int>(raw.body.size()))) {
      co_return MalformedReply(core, method);
    }
    co_return reply;
  }

  // Sends a one-way message. False if it was dropped: the channel is closed, the peer has not read kMaxQueued bytes, or
  // the message cannot be sent (CheckSendable).
  template <typename Request>
  bool Send(const Request& request, Bytes secret = {}) {
    return SendRaw(MethodForRequest<Request>(), request, std::move(secret));
  }
  // The bytes of the frame of a one-way request. For the master, which writes to logger but never reads from it.
  static Bytes OneWayFrame(const google::protobuf::Message& request);
  // Writes the queued frames now, and not at the end of the loop's turn.
  void Flush();

 private:
  struct Core;  // shared with calls and handlers that still run; they may outlive the channel
  static Task<Result<RawMessage>> CallRaw(std::shared_ptr<Core> core, const Method& method,
                                          const google::protobuf::Message& request, Bytes secret, std::vector<Fd> fds,
                                          std::int64_t deadline);
  static Error MalformedReply(const std::shared_ptr<Core>& core, const Method& method);
  bool SendRaw(const Method& method, const google::protobuf::Message& request, Bytes secret);

  std::shared_ptr<Core> core_;
  Caller peer_;
};

}  // namespace zoobar
