#include "ipc/channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <deque>

#include "ipc/frame.h"

namespace zoobar {
namespace {

using frame::Header;
using frame::kHeader;
using frame::Kind;
using frame::ReadHeader;
using frame::WriteHeader;

constexpr std::size_t kFdsAtOnce = 64;      // in one sendmsg
constexpr std::size_t kMaxUnmatched = 256;  // descriptors received ahead of their frames
constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr Milliseconds kSweep{20};

}  // namespace

struct Channel::Core : std::enable_shared_from_this<Core> {
  struct Waiting {
    Promised<Result<RawMessage>>* reply;
    const Method* method;
    std::int64_t deadline;  // monotonic microseconds
  };
  struct Announced {  // a descriptor and where in the stream the frame that announces it begins
    Fd fd;
    std::uint64_t frame;
  };

  Core(Loop& event_loop, Fd connected, Role own, Caller other, const Service* served, Events callbacks)
      : loop(event_loop),
        socket(std::move(connected)),
        self(own),
        peer(other),
        service(served),
        events(std::move(callbacks)),
        sweep(event_loop) {}

  void Open() {
    watch = std::make_unique<Watch>(loop, socket.get(), [this](int ready) {
      const auto alive = shared_from_this();
      if (ready & UV_WRITABLE) Flush();
      if (ready & (UV_READABLE | UV_DISCONNECT)) Receive();
    });
    watch->Set(UV_READABLE);
  }

  bool open() const { return socket.valid(); }

  // ---- sending

  // False, with nothing queued, when it does not fit.
  bool Queue(Kind kind, std::uint32_t id, const Method& method, std::size_t body_size, std::string_view secret,
             std::vector<Fd> fds, const std::function<void(char*)>& write_body) {
    const std::size_t size = kHeader + body_size + secret.size();
    if (!open() || body_size > kMaxBody || secret.size() > kMaxSecret || fds.size() > kMaxFds) return false;
    if (out.size() + size > kMaxQueued) return false;
    const std::uint64_t frame = sent + out.size();
    char* place = out.Reserve(size);
    WriteHeader(place, {static_cast<std::uint32_t>(body_size), static_cast<std::uint32_t>(secret.size()), id,
                        method.number, kind, static_cast<std::uint8_t>(fds.size()), 0});
    write_body(place + kHeader);
    if (!secret.empty()) std::memcpy(place + kHeader + body_size, secret.data(), secret.size());
    out.Commit(size);
    for (Fd& fd : fds) out_fds.push_back({std::move(fd), frame});
    if (!flush_due) {
      flush_due = true;
      loop.AtEndOfTurn([weak = weak_from_this()] {
        if (const auto core = weak.lock()) core->Flush();
      });
    }
    return true;
  }

  bool QueueMessage(Kind kind, std::uint32_t id, const Method& method, const google::protobuf::Message& message,
                    std::string_view secret, std::vector<Fd> fds) {
    const std::size_t size = message.ByteSizeLong();
    return Queue(kind, id, method, size, secret, std::move(fds),
                 [&](char* place) { message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(place)); });
  }

  void Flush() {
    flush_due = false;
    while (open() && !out.empty()) {
      // A frame never travels ahead of its descriptors: stop before the first frame whose descriptors must wait.
      std::size_t fds = std::min(out_fds.size(), kFdsAtOnce), bytes = out.size();
      if (fds < out_fds.size()) {
        while (out_fds[fds - 1].frame == out_fds[fds].frame) --fds;
        bytes = static_cast<std::size_t>(out_fds[fds].frame - sent);
      }
      const ssize_t count = Transmit(bytes, fds);
      if (count < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS || errno == ENOBUFS) break;
        return Close();  // EPIPE, ECONNRESET: the peer is gone
      }
      out.Consume(static_cast<std::size_t>(count));
      sent += static_cast<std::uint64_t>(count);
      out_fds.erase(out_fds.begin(), out_fds.begin() + static_cast<std::ptrdiff_t>(fds));
    }
    if (open()) watch->Set(out.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE);
  }

  ssize_t Transmit(std::size_t bytes, std::size_t fds) {
    iovec part{const_cast<char*>(out.view().data()), bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)];
    if (fds > 0) {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * fds);
      for (std::size_t i = 0; i < fds; ++i) {
        const int fd = out_fds[i].fd.get();
        std::memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof fd);
      }
    }
    return sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  // ---- receiving

  void Receive() {
    // A few rounds, then the other descriptors of the loop get their turn.
    for (int round = 0; round < 4 && open(); ++round) {
      char* place = in.Reserve(kReadAtOnce);
      const std::size_t room = in.room();
      const ssize_t count = ReadOnce(place, room);
      if (count == 0) return Close();
      if (count < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        return Close();
      }
      in.Commit(static_cast<std::size_t>(count));
      TakeFrames();
      if (static_cast<std::size_t>(count) < room && in_fds.empty()) return;
    }
  }

  ssize_t ReadOnce(char* place, std::size_t room) {
    iovec part{place, room};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0) return count;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < fds; ++i) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
        in_fds.emplace_back(fd);
      }
    }
    if (message.msg_flags & MSG_CTRUNC) Misbehaved("descriptors lost: more than this role may hold");
    if (in_fds.size() > kMaxUnmatched) Misbehaved("descriptors no frame announced");
    return open() ? count : 0;
  }

  void TakeFrames() {
    while (open() && in.size() >= kHeader) {
      const Header header = ReadHeader(in.view());
      if (header.body > kMaxBody || header.secret > kMaxSecret || header.fds > kMaxFds || header.reserved != 0) {
        return Misbehaved(fmt::format("frame out of bounds: body {} secret {} descriptors {}", header.body,
                                      header.secret, header.fds));
      }
      const std::size_t size = kHeader + header.body + header.secret;
      if (in.size() < size) return;
      if (in_fds.size() < header.fds) return Misbehaved("frame without the descriptors it announces");
      RawMessage raw;
      const char* body = in.view().data() + kHeader;
      raw.body.assign(body, body + header.body);
      raw.secret.assign(body + header.body, body + header.body + header.secret);
      for (int i = 0; i < header.fds; ++i) {
        raw.fds.push_back(std::move(in_fds.front()));
        in_fds.pop_front();
      }
      in.Consume(size);
      Take(header, std::move(raw));
    }
  }

  void Take(const Header& header, RawMessage raw) {
    const Method* method = MethodByNumber(header.method);
    if (!method) return Misbehaved(fmt::format("no method {:#x}", header.method));
    switch (header.kind) {
      case Kind::kRequest:
        return TakeRequest(*method, header.id, std::move(raw));
      case Kind::kReply:
      case Kind::kUnavailable:
        return TakeReply(*method, header.id, header.kind, std::move(raw));
    }
    Misbehaved(fmt::format("frame of kind {}", static_cast<int>(header.kind)));
  }

  // The one place where a caller's permission is judged.
  void TakeRequest(const Method& method, std::uint32_t id, RawMessage raw) {
    const auto server = static_cast<Role>(method.number >> 8);
    const Service::Raw* handler = service ? service->Find(method.number) : nullptr;
    if ((server != self && server != ROLE_UNSPECIFIED) || !handler) {
      return Misbehaved(fmt::format("{} is not served here", method.name()));
    }
    if (!method.permits(peer.role))
      return Misbehaved(fmt::format("{} may not call {}", RoleName(peer.role), method.name()));
    if (raw.fds.size() > method.request_fds) return Misbehaved(fmt::format("descriptors with {}", method.name()));
    if (serving >= kMaxInFlight) return Misbehaved(fmt::format("more than {} calls in flight", kMaxInFlight));
    std::optional<Task<Result<RawMessage>>> handling = (*handler)(peer, std::move(raw));
    if (!handling) return Misbehaved(fmt::format("malformed {}", method.name()));
    if (events.on_call) events.on_call(method);
    ++serving;
    Spawn(Serve(shared_from_this(), method, id, std::move(*handling)));
  }

  static Task<void> Serve(std::shared_ptr<Core> core, const Method& method, std::uint32_t id,
                          Task<Result<RawMessage>> handling) {
    Result<RawMessage> answer = co_await handling;
    --core->serving;
    if (!answer.ok() && core->events.on_error) {
      core->events.on_error(fmt::format("{}: {}", method.name(), answer.error().text));
    }
    if (method.one_way || !core->open()) co_return;
    bool queued;
    if (answer.ok()) {
      queued = core->Queue(Kind::kReply, id, method, answer->body.size(), View(answer->secret), std::move(answer->fds),
                           [&](char* place) { std::copy(answer->body.begin(), answer->body.end(), place); });
    } else {
      queued = core->Queue(Kind::kUnavailable, id, method, 0, {}, {}, [](char*) {});
    }
    if (!queued) core->Misbehaved(fmt::format("{} bytes of answers unread", core->out.size()));
  }

  void TakeReply(const Method& method, std::uint32_t id, Kind kind, RawMessage raw) {
    const auto found = waiting.find(id);
    if (found == waiting.end()) {
      // Late answers to calls whose deadline has passed are expected; anything else is made up.
      if (id != 0 && id <= last_id) return;
      return Misbehaved(fmt::format("answer {} to no call", id));
    }
    if (found->second.method != &method) return Misbehaved(fmt::format("{} answers another call", method.name()));
    if (raw.fds.size() > method.reply_fds)
      return Misbehaved(fmt::format("descriptors with the answer to {}", method.name()));
    auto* reply = found->second.reply;
    waiting.erase(found);
    if (kind == Kind::kReply) {
      reply->Set(std::move(raw));
    } else {
      reply->Set(Error::Of("{} is unavailable", method.name()));
    }
  }

  // ---- ends

  void Sweep() {
    const std::int64_t now = MonotonicMicros();
    std::vector<Waiting> late;
    for (auto it = waiting.begin(); it != waiting.end();) {
      if (it->second.deadline <= now) {
        late.push_back(it->second);
        it = waiting.erase(it);
      } else {
        ++it;
      }
    }
    if (waiting.empty()) {
      sweep.Stop();
      sweeping = false;
    }
    for (const Waiting& call : late) call.reply->Set(Error::Of("{}: no answer in time", call.method->name()));
  }

  void Close() {
    if (!open()) return;
    Shut();
    // By the end of the turn the channel may have been given up (Channel::Close): then nobody is told.
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
    watch.reset();
    socket.Close();
    in.Release();
    out.Release();
    in_fds.clear();
    out_fds.clear();
    sweep.Stop();
    // Their callers go on at the end of the turn, not inside whoever closed the channel.
    loop.AtEndOfTurn([failed = std::exchange(waiting, {}), role = peer.role] {
      for (const auto& [id, call] : failed) {
        call.reply->Set(Error::Of("{}: the channel to {} closed", call.method->name(), RoleName(role)));
      }
    });
  }

  Loop& loop;
  Fd socket;
  const Role self;
  const Caller peer;
  const Service* service;
  Events events;
  std::unique_ptr<Watch> watch;
  Timer sweep;  // deadlines are looked at every kSweep while calls wait
  bool sweeping = false, flush_due = false;

  ByteQueue in, out;
  std::deque<Fd> in_fds;
  std::deque<Announced> out_fds;
  std::uint64_t sent = 0;  // bytes of the stream so far

  std::unordered_map<std::uint32_t, Waiting> waiting;
  std::uint32_t last_id = 0;
  std::size_t serving = 0;
};

Channel::Channel(Loop& loop, Fd socket, Role self, Caller peer, const Service* service, Events events)
    : core_(std::make_shared<Core>(loop, std::move(socket), self, peer, service, std::move(events))), peer_(peer) {
  core_->Open();
}

Channel::~Channel() { Close(); }

void Channel::Close() {
  core_->events = {};
  core_->Close();
}

bool Channel::open() const { return core_->open(); }
std::size_t Channel::in_flight() const { return core_->waiting.size() + core_->serving; }
void Channel::Flush() { core_->Flush(); }

Task<Result<RawMessage>> Channel::CallRaw(std::shared_ptr<Core> core, const Method& method,
                                          const google::protobuf::Message& request, Bytes secret, std::vector<Fd> fds) {
  if (!core->open()) co_return Error::Of("{}: the channel to {} is closed", method.name(), RoleName(core->peer.role));
  if (core->waiting.size() >= kMaxInFlight) co_return Error::Of("{}: {} calls in flight", method.name(), kMaxInFlight);
  const std::uint32_t id = ++core->last_id == 0 ? ++core->last_id : core->last_id;
  if (!core->QueueMessage(Kind::kRequest, id, method, request, View(secret), std::move(fds))) {
    co_return Error::Of("{}: too large, or {} does not read", method.name(), RoleName(core->peer.role));
  }
  Promised<Result<RawMessage>> reply;
  const std::int64_t deadline = MonotonicMicros() + std::chrono::microseconds(method.deadline).count();
  core->waiting.emplace(id, Core::Waiting{&reply, &method, deadline});
  if (!core->sweeping) {
    core->sweeping = true;
    core->sweep.StartEvery(kSweep, [raw = core.get()] { raw->Sweep(); });
  }
  co_return co_await reply;
}

Bytes Channel::OneWayFrame(const google::protobuf::Message& request) {
  const std::size_t size = request.ByteSizeLong();
  Bytes frame;
  frame.resize(kHeader + size);
  const Method& method = MethodForRequest(request.GetDescriptor());
  WriteHeader(frame.data(), {static_cast<std::uint32_t>(size), 0, 0, method.number, Kind::kRequest, 0, 0});
  request.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(frame.data() + kHeader));
  return frame;
}

Error Channel::MalformedReply(const std::shared_ptr<Core>& core, const Method& method) {
  core->Misbehaved(fmt::format("malformed answer to {}", method.name()));
  return Error::Of("{}: malformed answer", method.name());
}

bool Channel::SendRaw(const Method& method, const google::protobuf::Message& request, Bytes secret) {
  return core_->QueueMessage(Kind::kRequest, 0, method, request, View(secret), {});
}

}  // namespace zoobar
