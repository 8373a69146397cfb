#include "ipc/channel.h"

#include <uv.h>

#include <algorithm>
#include <deque>

#include "ipc/call_window.h"
#include "ipc/descriptors.h"

namespace zoobar {
namespace {

using frame::Header;
using frame::kHeader;
using frame::Kind;

constexpr Milliseconds kSweep{20};  // how often deadlines are checked while callers wait

}  // namespace

struct Channel::Core final : std::enable_shared_from_this<Core>, FrameStream::Reader {
  // A call of the peer that was received and is not started yet.
  struct Deferred {
    const Method* method;
    std::uint32_t id;
    std::size_t bytes;
    RawMessage raw;
    RequestId request;
  };

  Core(Loop& event_loop, std::shared_ptr<Transport> transport, Role own, Caller other, const Service* served,
       Events callbacks)
      : loop(event_loop),
        stream(transport, *this),
        self(own),
        peer(other),
        service(served),
        events(std::move(callbacks)) {}

  void Open() {
    Transport& transport = stream.transport();
    transport.on_ready = [this](int ready) {
      const auto alive = shared_from_this();
      stream.OnReady(ready);
    };
    transport.on_wake = [this] {
      const auto alive = shared_from_this();
      OnWake();
    };
    transport.Want(UV_READABLE);
  }

  bool open() const { return stream.open(); }

  // ---- sending

  void Queue(const Header& header, std::string_view secret, std::vector<Fd> fds,
             const std::function<void(char*)>& write) {
    stream.Queue(header, secret, std::move(fds), write);
    if (flush_due) return;
    flush_due = true;
    loop.AtEndOfTurn([weak = weak_from_this()] {
      const auto core = weak.lock();
      if (!core) return;
      core->flush_due = false;
      core->stream.Flush();
    });
  }

  void QueueRequest(const Method& method, std::uint32_t id, const google::protobuf::Message& message,
                    std::string_view secret, std::vector<Fd> fds, std::int64_t deadline) {
    const Header header{.body = static_cast<std::uint32_t>(message.ByteSizeLong()),
                        .secret = static_cast<std::uint32_t>(secret.size()),
                        .id = id,
                        .method = method.number,
                        .fds = static_cast<std::uint8_t>(fds.size()),
                        .deadline = deadline,
                        .request = CurrentRequest()};
    Queue(header, secret, std::move(fds),
          [&](char* place) { message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(place)); });
  }

  void QueueAnswer(const Method& method, std::uint32_t id, RawMessage answer) {
    const Header header{.body = static_cast<std::uint32_t>(answer.body.size()),
                        .secret = static_cast<std::uint32_t>(answer.secret.size()),
                        .id = id,
                        .method = method.number,
                        .kind = Kind::kReply,
                        .fds = static_cast<std::uint8_t>(answer.fds.size())};
    Queue(header, View(answer.secret), std::move(answer.fds),
          [&](char* place) { std::copy(answer.body.begin(), answer.body.end(), place); });
  }

  void QueueUnavailable(const Method& method, std::uint32_t id, Cause cause) {
    const Cause sent = cause == Cause::kUnreceived ? Cause::kOther : cause;  // it is about this process alone
    const Header header{.id = id, .method = method.number, .kind = Kind::kUnavailable, .cause = sent};
    Queue(header, {}, {}, [](char*) {});
  }

  // ---- deadlines of the calls to the peer

  void SweepSoon() {
    if (sweeping) return;
    sweeping = true;
    stream.transport().WakeAfter(kSweep);
  }

  void OnWake() {
    if (!open()) return;
    sweeping = false;
    for (const auto& [reply, method] : window.Expire(stream.transport().Now())) {
      reply->Set(Error::Of("{}: no answer in time", method->name()));
    }
    window.Admit();  // a waiting call may be small enough, where the call that gave up was not
    if (open() && window.waited_for() > 0) SweepSoon();
    stream.Flush();
  }

  // ---- receiving

  void OnFrame(const Header& header, RawMessage raw) override {
    const Method* method = MethodByNumber(header.method);
    if (!method) return Misbehaved(fmt::format("no method {:#x}", header.method));
    switch (header.kind) {
      case Kind::kRequest:
        return TakeRequest(*method, header, std::move(raw));
      case Kind::kReply:
      case Kind::kUnavailable:
        return TakeReply(*method, header, std::move(raw));
    }
    Misbehaved(fmt::format("frame of kind {}", static_cast<int>(header.kind)));
  }

  // This process has reached its own limit of open descriptors, which is not the peer's fault.
  void OnFrameWithoutItsDescriptors(const Header& header) override {
    const Method* method = MethodByNumber(header.method);
    if (!method) return Misbehaved(fmt::format("no method {:#x}", header.method));
    const std::string what = fmt::format("{}: cannot open its descriptors, this process has too many", method->name());
    if (events.on_error) events.on_error(what);
    if (header.kind == Kind::kRequest) {
      if (CheckRequest(*method, header) && !method->one_way) QueueUnavailable(*method, header.id, Cause::kBusy);
      return;
    }
    if (!CheckAnswer(*method, header)) return;
    if (auto* const reply = window.End(header.id)) reply->Set(Error{what, Cause::kUnreceived});
    window.Admit();
  }

  void OnEnd() override { Close(); }
  void OnGarbled(std::string how) override { Misbehaved(std::move(how)); }

  // Checks whether the peer may make this call now. No other code checks the permission of the peer and its window.
  bool CheckRequest(const Method& method, const Header& header) {
    const auto refuse = [this](std::string how) {
      Misbehaved(std::move(how));
      return false;
    };
    const auto server = static_cast<Role>(method.number >> 8);
    const bool served = service && service->Find(method.number) && (server == self || server == ROLE_UNSPECIFIED);
    if (!served) return refuse(fmt::format("{} is not served here", method.name()));
    if (!method.permits(peer.role))
      return refuse(fmt::format("{} may not call {}", RoleName(peer.role), method.name()));
    if (header.fds > method.request_fds.size())
      return refuse(fmt::format("too many descriptors with {}", method.name()));
    if (method.one_way) return true;
    if (serving >= kMaxInFlight) return refuse(fmt::format("more than {} calls in flight", kMaxInFlight));
    if (serving_bytes + SizeOf(header) > kMaxInFlightBytes) {
      return refuse(fmt::format("more than {} bytes of calls in flight", kMaxInFlightBytes));
    }
    return true;
  }

  // Whoever uses the descriptors relies on their kinds: the event loop cannot watch a file, and reading a pipe can wait.
  bool CheckKinds(const Method& method, const RawMessage& raw, const std::vector<DescriptorKind>& kinds) {
    const std::size_t wrong = FirstOfOtherKind(raw.fds, kinds);
    if (wrong < raw.fds.size())
      Misbehaved(fmt::format("descriptor {} with {} is of another kind", wrong + 1, method.name()));
    return open();
  }

  static std::size_t SizeOf(const Header& header) { return kHeader + header.body + header.secret; }

  void TakeRequest(const Method& method, const Header& header, RawMessage raw) {
    if (!CheckRequest(method, header) || !CheckKinds(method, raw, method.request_fds)) return;
    if (method.one_way) return Start({&method, header.id, 0, std::move(raw), header.request});
    // The peer may give a shorter deadline than the method's, but not a longer one.
    const std::int64_t now = stream.transport().Now();
    const std::int64_t latest = now + std::chrono::microseconds(method.deadline).count();
    raw.deadline = raw.deadline > 0 ? std::min(raw.deadline, latest) : latest;
    ++serving;
    serving_bytes += SizeOf(header);
    Deferred call{&method, header.id, SizeOf(header), std::move(raw), header.request};
    if (call.raw.deadline <= now) return TooLate(call);
    if (deferred.empty() && stream.unsent() < kMaxUnread) return Start(std::move(call));
    deferred.push_back(std::move(call));
  }

  // Starts deferred calls as long as the peer reads its answers.
  void StartDeferred() {
    while (open() && !deferred.empty() && stream.unsent() < kMaxUnread) {
      Deferred next = std::move(deferred.front());
      deferred.pop_front();
      if (next.raw.deadline > stream.transport().Now()) {
        Start(std::move(next));
      } else {
        TooLate(next);
      }
    }
  }

  void TooLate(const Deferred& call) {
    if (events.on_late) events.on_late(*call.method);
    EndServing(call.bytes);
    QueueUnavailable(*call.method, call.id, Cause::kBusy);
  }

  void OnWritten() override { StartDeferred(); }

  void EndServing(std::size_t bytes) {
    --serving;
    serving_bytes -= bytes;
  }

  void Start(Deferred call) {
    const Method& method = *call.method;
    const RequestScope scope(call.request);
    const Service::Raw* handler = service->Find(method.number);
    std::optional<Task<Result<RawMessage>>> handling = (*handler)(peer, std::move(call.raw));
    if (!handling) return Misbehaved(fmt::format("malformed {}", method.name()));
    if (events.on_call) events.on_call(method);
    Spawn(Serve(shared_from_this(), method, call.id, call.bytes, std::move(*handling)));
  }

  static Task<void> Serve(std::shared_ptr<Core> core, const Method& method, std::uint32_t id, std::size_t bytes,
                          Task<Result<RawMessage>> handling) {
    const std::int64_t began = CurrentRequest().traced ? MonotonicMicros() : 0;
    Result<RawMessage> answer = co_await handling;
    if (began > 0 && core->events.on_traced) core->events.on_traced(method, MonotonicMicros() - began, answer.ok());
    if (!answer.ok() && core->events.on_error) {
      core->events.on_error(fmt::format("{}: {}", method.name(), answer.error().text));
    }
    if (method.one_way) co_return;
    core->EndServing(bytes);
    if (!core->open()) co_return;
    if (answer.ok()) {
      core->QueueAnswer(method, id, std::move(*answer));
    } else {
      core->QueueUnavailable(method, id, answer.error().cause);
    }
  }

  bool CheckAnswer(const Method& method, const Header& header) {
    const CallWindow::Call* const call = window.Find(header.id);
    if (!call) {
      Misbehaved(fmt::format("answer {} to no call", header.id));
    } else if (call->method != &method) {
      Misbehaved(fmt::format("answer {} is not for a call of {}", header.id, method.name()));
    } else if (header.fds > method.reply_fds.size()) {
      Misbehaved(fmt::format("too many descriptors with the answer to {}", method.name()));
    }
    return open();
  }

  void TakeReply(const Method& method, const Header& header, RawMessage raw) {
    if (!CheckAnswer(method, header) || !CheckKinds(method, raw, method.reply_fds)) return;
    auto* const reply = window.End(header.id);
    if (reply && header.kind == Kind::kReply) {
      reply->Set(std::move(raw));
    } else if (reply) {
      reply->Set(Error::Of("{} is unavailable", method.name()).As(header.cause));
    }
    window.Admit();
  }

  // ---- ends

  void Close() {
    if (!open()) return;
    Shut();
    // If Channel::Close is called before the end of the loop's turn, it clears `events`, so on_closed is not called.
    loop.AtEndOfTurn([core = shared_from_this()] {
      if (const auto closed = std::exchange(core->events.on_closed, nullptr)) closed();
    });
  }

  void Misbehaved(std::string how) {
    if (!open()) return;
    Shut();
    loop.AtEndOfTurn([core = shared_from_this(), how = std::move(how)] {
      if (const auto told = std::exchange(core->events.on_misbehaviour, nullptr)) told(how);
    });
  }

  void Shut() {
    stream.Shut();
    for (; !deferred.empty(); deferred.pop_front()) EndServing(deferred.front().bytes);
    // The callers resume at the end of the loop's turn, not on the stack of the code that closed the channel.
    loop.AtEndOfTurn([failed = std::make_shared<CallWindow>(window.TakeAll()), role = peer.role] {
      failed->Fail([role](const Method& method) {
        return Error::Of("{}: the channel to {} closed", method.name(), RoleName(role)).As(Cause::kGone);
      });
    });
  }

  Loop& loop;
  FrameStream stream;
  const Role self;
  const Caller peer;
  const Service* service;
  Events events;
  bool sweeping = false, flush_due = false;

  CallWindow window{{kMaxInFlight, kMaxInFlightBytes, kMaxInFlight / 4 * 3, kMaxInFlightBytes / 4 * 3, kMaxWaiting}};
  std::size_t serving = 0, serving_bytes = 0;  // calls of the peer that are deferred or whose handler runs
  std::deque<Deferred> deferred;
};

Channel::Channel(Loop& loop, Fd socket, Role self, Caller peer, const Service* service, Events events)
    : Channel(loop, std::make_shared<SocketTransport>(loop, std::move(socket)), self, peer, service,
              std::move(events)) {}

Channel::Channel(Loop& loop, std::shared_ptr<Transport> transport, Role self, Caller peer, const Service* service,
                 Events events)
    : core_(std::make_shared<Core>(loop, std::move(transport), self, peer, service, std::move(events))), peer_(peer) {
  core_->Open();
}

Channel::~Channel() { Close(); }

void Channel::Close() {
  core_->events = {};
  core_->Close();
}

bool Channel::open() const { return core_->open(); }
void Channel::Flush() { core_->stream.Flush(); }

std::size_t Channel::unsent() const { return core_->stream.unsent(); }
std::size_t Channel::in_flight() const { return core_->window.waited_for() + core_->serving; }

Task<Result<RawMessage>> Channel::CallRaw(std::shared_ptr<Core> core, const Method& method,
                                          const google::protobuf::Message& request, Bytes secret, std::vector<Fd> fds,
                                          std::int64_t deadline) {
  const auto closed = [&] {
    return Error::Of("{}: the channel to {} is closed", method.name(), RoleName(core->peer.role)).As(Cause::kGone);
  };
  if (!core->open()) co_return closed();
  const Status sendable = CheckSendable(request, secret.size(), fds.size());
  if (!sendable.ok()) co_return Error::Of("{}: {}", method.name(), sendable.error().text);
  const std::int64_t latest = core->stream.transport().Now() + std::chrono::microseconds(method.deadline).count();
  deadline = deadline > 0 ? std::min(deadline, latest) : latest;

  const std::size_t bytes = kHeader + request.ByteSizeLong() + secret.size();
  if (!core->window.HasRoom(bytes, method.lasting())) {
    if (core->window.full(method.lasting())) {
      co_return Error::Of("{}: {} calls to {} wait already", method.name(), kMaxWaiting, RoleName(core->peer.role))
          .As(Cause::kBusy);
    }
    core->SweepSoon();
    Task<bool> room = core->window.WaitForRoom(bytes, deadline, method.lasting());
    const bool admitted = co_await room;
    if (!core->open()) co_return closed();
    if (!admitted)
      co_return Error::Of("{}: the window had no room before the deadline", method.name()).As(Cause::kBusy);
  }
  CallWindow::Reply reply;
  const std::uint32_t id = core->window.Begin({&reply, &method, deadline, bytes, method.lasting()});
  core->QueueRequest(method, id, request, View(secret), std::move(fds), deadline);
  core->SweepSoon();
  co_return co_await reply;
}

Task<Result<Channel::RawReply>> Channel::CallMethod(const Method& method, const google::protobuf::Message& request,
                                                    Bytes secret, std::vector<Fd> fds, std::int64_t deadline) {
  const std::shared_ptr<Core> core = core_;
  const Caller from = peer_;
  CO_TRY(RawMessage raw, CallRaw(core, method, request, std::move(secret), std::move(fds), deadline));
  co_return RawReply(std::move(raw), from, core, method);
}

Status Channel::Parse(const RawReply& raw, google::protobuf::Message& reply) {
  const Bytes& body = raw.raw_.body;
  if (reply.ParseFromArray(body.data(), static_cast<int>(body.size()))) return {};
  return MalformedReply(raw.core_, *raw.method_);
}

Error Channel::MalformedReply(const std::shared_ptr<Core>& core, const Method& method) {
  core->Misbehaved(fmt::format("malformed answer to {}", method.name()));
  return Error::Of("{}: malformed answer", method.name());
}

bool Channel::SendRaw(const Method& method, const google::protobuf::Message& request, Bytes secret) {
  if (!core_->open() || !CheckSendable(request, secret.size(), 0).ok()) return false;
  if (core_->stream.unsent() + kHeader + request.ByteSizeLong() + secret.size() > kMaxQueued) return false;
  core_->QueueRequest(method, 0, request, View(secret), {}, 0);
  return true;
}

}  // namespace zoobar
