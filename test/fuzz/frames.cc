// The frames and descriptors of a channel (src/ipc/channel.h), over a real socket, from a peer that was taken over. The
// channel under test is app's to the dispatcher, which calls app, or profile's to sandbox, which profile calls.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app.pb.h"
#include "fuzz/descriptors.h"
#include "fuzz/messages.h"
#include "fuzz/raw_peer.h"
#include "fuzz/require.h"
#include "fuzz/service_calls.h"
#include "health.pb.h"
#include "ipc/channel.h"
#include "sandbox.pb.h"
#ifdef ZOOBAR_ASAN
#include <sanitizer/allocator_interface.h>
#endif

namespace zoobar {
namespace {

constexpr Role kPeers[] = {ROLE_DISPATCHER, ROLE_SANDBOX};
constexpr Role kSelves[] = {ROLE_APP, ROLE_PROFILE};

std::size_t MemoryInUse() {
#ifdef ZOOBAR_ASAN
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

// The end under test, and what it was asked.
class End {
 public:
  End(std::size_t which, Fd socket) {
    service_.Handle(&End::Serve, this);
    service_.Handle(&End::LetGo, this);
    Channel::Events events;
    events.on_error = [](const std::string& what) { Require(!what.empty(), "an error has a text"); };
    events.on_misbehaviour = [this](const std::string& how) {
      Require(!how.empty() && !accused && !closed, "misbehaviour is reported once, and says how");
      accused = true;
    };
    events.on_closed = [this] {
      Require(!accused && !closed, "a channel ends once");
      closed = true;
    };
    channel_ = std::make_unique<Channel>(loop, std::move(socket), kSelves[which], Caller{kPeers[which], 0}, &service_,
                                         std::move(events));
  }

  // Calls the peer, as profile calls sandbox.
  void Ask(FuzzedDataProvider& input) {
    if (asked >= 8) return;
    ++asked;
    if (input.ConsumeBool()) {
      Spawn(Await<BeginReply>(channel_->Call<BeginReply>(BeginRequest()), 3));
    } else {
      Spawn(Await<WaitReply>(channel_->Call<WaitReply>(WaitRequest()), 1));
    }
  }
  void Release() {
    for (const auto& held : std::exchange(held_, {})) held->Set(true);
  }
  void Destroy() { channel_.reset(); }
  bool open() const { return channel_->open(); }

  Loop loop;
  bool accused = false, closed = false;
  int asked = 0, answered = 0, started = 0;

 private:
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call) {
    ++started;
    Require(channel_->open(), "a peer that has misbehaved is not served");
    Require(call.from.role == ROLE_DISPATCHER, "the caller is the one whose channel it is");
    Require(call.fds.size() <= 1, "no more descriptors than the method says");
    for (const Fd& fd : call.fds)
      Require(fcntl(fd.get(), F_GETFD) == FD_CLOEXEC, "a descriptor is open, and is closed at exec");
    const std::int64_t longest = std::chrono::microseconds(MethodForRequest<ServeRequest>().deadline).count();
    Require(call.deadline > 0 && call.deadline <= MonotonicMicros() + longest, "a deadline is the method's at most");
    if (call.message.connection() % 4 == 1) co_return Error{"not today"};
    if (call.message.connection() % 4 == 2) {
      held_.push_back(std::make_shared<Promised<bool>>());
      Promised<bool>& held = *held_.back();
      const auto kept = held_.back();
      co_await held;
    }
    co_return ServeReply();
  }
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoRequest> call) {
    ++started;
    Require(channel_->open() && call.fds.empty(), "a peer that has misbehaved is not served");
    co_return Nothing();
  }
  template <typename Reply>
  Task<void> Await(Task<Result<Incoming<Reply>>> call, std::size_t most_fds) {
    const Result<Incoming<Reply>> reply = co_await call;
    ++answered;
    Require(!reply.ok() || reply->fds.size() <= most_fds, "no more descriptors than the method says");
    Require(reply.ok() || !reply.error().text.empty(), "an error has a text");
  }

  Service service_;
  std::vector<std::shared_ptr<Promised<bool>>> held_;
  std::unique_ptr<Channel> channel_;
};

// What the taken peer sends, and whether a correct peer could have sent it.
class Hostile {
 public:
  Hostile(FuzzedDataProvider& input, End& end, std::size_t which, Fd socket)
      : input_(input), end_(end), which_(which), peer_(end.loop, std::move(socket)) {
    peer_.on_frame = [this](RawPeer::Frame frame) {
      if (frame.header.kind != frame::Kind::kRequest) {
        ++answers;
      } else if (frame.header.id != 0) {
        calls_.emplace_back(frame.header.id, frame.header.method);
      }
    };
  }

  void Act() {
    switch (input_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        sure = false;
        return peer_.Write(input_.ConsumeRandomLengthString(100),
                           AnyDescriptors(input_, input_.ConsumeIntegralInRange<std::size_t>(0, 6)));
      case 1:
        return SendInPieces();
      case 2:
        return end_.Release();
      case 3:
        if (which_ == 1) end_.Ask(input_);
        return;
      case 4:
        return Turn();
      case 5:
        return SendMany();
      default:
        return SendOne();
    }
  }
  void Turn() const { end_.loop.RunOnce(); }
  void EndWriting() { peer_.EndWriting(); }
  bool read() const { return peer_.read(); }
  bool ended() const { return peer_.ended(); }

  bool sure = true;    // it is known what the channel must do
  bool wrong = false;  // something was sent that no correct peer sends
  int expected = 0, answers = 0;

 private:
  struct Made {
    std::string bytes;
    std::vector<Fd> fds;
  };

  // A frame: a call of app, or an answer to profile. Many are right, or nearly.
  Made Make() {
    frame::Header header;
    const Method* method = &(which_ == 0 ? MethodForRequest<ServeRequest>() : MethodForRequest<BeginRequest>());
    header.id = ++last_id_;
    if (which_ == 1 || input_.ConsumeIntegralInRange(0, 15) == 0) {
      header.kind = input_.ConsumeBool() ? frame::Kind::kReply : frame::Kind::kUnavailable;
      if (!calls_.empty() && input_.ConsumeIntegralInRange(0, 7) != 0) {
        header.id = calls_.front().first;
        method = MethodByNumber(calls_.front().second);
      }
    } else if (input_.ConsumeIntegralInRange(0, 3) == 0) {
      method = &MethodForRequest<LetGoRequest>();
    }
    if (input_.ConsumeIntegralInRange(0, 15) == 0)
      method = &AllMethods()[input_.ConsumeIntegralInRange<std::size_t>(0, AllMethods().size() - 1)];
    header.method = method->number;
    const bool call = header.kind == frame::Kind::kRequest;
    const auto message =
        MessageBuilder::New(call ? method->descriptor->input_type() : method->descriptor->output_type());
    static const WorthTrying values;
    MessageBuilder(input_, values).Fill(*message);
    std::string body = header.kind == frame::Kind::kUnavailable ? "" : message->SerializePartialAsString();
    std::string secret = input_.ConsumeRandomLengthString(8);
    const std::vector<DescriptorKind> kinds = call                                 ? method->request_fds
                                              : header.kind == frame::Kind::kReply ? method->reply_fds
                                                                                   : std::vector<DescriptorKind>();
    header.fds = static_cast<std::uint8_t>(input_.ConsumeIntegralInRange<std::size_t>(0, kinds.size()));
    std::size_t sent = header.fds;
    if (input_.ConsumeIntegralInRange(0, 3) == 0) Spoil(header, body, secret, sent);
    auto fds = AnyDescriptors(input_, sent, kinds);
    Judge(header, *method, body, secret, fds);
    return {RawPeer::FrameOf(header, body, secret), std::move(fds)};
  }
  void Spoil(frame::Header& header, std::string& body, std::string& secret, std::size_t& sent) {
    switch (input_.ConsumeIntegralInRange(0, 8)) {
      case 0:
        header.id = input_.ConsumeIntegral<std::uint32_t>();
        break;
      case 1:
        header.method = input_.ConsumeIntegral<std::uint32_t>();
        break;
      case 2:
        header.kind = static_cast<frame::Kind>(input_.ConsumeIntegral<std::uint8_t>());
        break;
      case 3:
        header.fds = input_.ConsumeIntegral<std::uint8_t>();
        break;
      case 4:
        sent = input_.ConsumeIntegralInRange<std::size_t>(0, 6);
        break;
      case 5:
        header.cause = static_cast<Cause>(input_.ConsumeIntegral<std::uint8_t>());
        break;
      case 6:
        header.traced = input_.ConsumeIntegral<std::uint8_t>();
        header.request.bytes.fill(input_.ConsumeIntegral<std::uint8_t>());
        break;
      case 7:
        body = input_.ConsumeRandomLengthString(64);
        break;
      default:
        body.resize(input_.PickValueInArray<std::size_t>({frame::kMaxBody, frame::kMaxBody + 1}));
        secret.resize(input_.PickValueInArray<std::size_t>({0, frame::kMaxSecret, frame::kMaxSecret + 1}));
        break;
    }
    header.deadline = input_.PickValueInArray<std::int64_t>({0, 1, -1, INT64_MAX, INT64_MIN});
  }

  // Whether the channel must accuse the peer of this frame: written from the words of channel.h, and not from its code.
  void Judge(const frame::Header& header, const Method& intended, const std::string& body, const std::string& secret,
             const std::vector<Fd>& fds) {
    const Method* method = MethodByNumber(header.method);
    const bool call = header.kind == frame::Kind::kRequest, reply = header.kind == frame::Kind::kReply;
    const bool none = header.kind == frame::Kind::kUnavailable;
    bool right = method && (call || reply || none) && body.size() <= frame::kMaxBody &&
                 secret.size() <= frame::kMaxSecret && header.fds == fds.size() && fds.size() <= frame::kMaxFds;
    right = right && (none ? header.cause <= Cause::kNotRecorded : header.cause == Cause::kOther);
    right = right &&
            (call ? header.traced <= (header.request.none() ? 0 : 1) : header.traced == 0 && header.request.none());
    if (right && call) {
      right = (method == &MethodForRequest<ServeRequest>() || method == &MethodForRequest<LetGoRequest>()) &&
              which_ == 0 && Permitted(fds, method->request_fds);
      const bool late = header.deadline > 0 && header.deadline < MonotonicMicros() && right && !method->one_way;
      right = right && (late || MessageBuilder::New(method->descriptor->input_type())->ParseFromString(body));
      if (right && !method->one_way) ++expected;
    } else if (right) {
      // Calls end in any order, and their callers may have ended: what an answer is worth is known only if it is for the
      // oldest call.
      const bool oldest = !calls_.empty() && calls_.front().first == header.id;
      if (!oldest && header.id <= 64) sure = false;
      right = oldest && calls_.front().second == header.method && Permitted(fds, method->reply_fds) &&
              (none || MessageBuilder::New(method->descriptor->output_type())->ParseFromString(body));
      if (oldest) calls_.pop_front();
    }
    std::ignore = intended;
    if (!right) wrong = true;
  }

  void SendOne() {
    Made made = Make();
    peer_.Write(std::move(made.bytes), std::move(made.fds));
  }
  // Several frames that are written before any is read.
  void SendMany() {
    for (int count = input_.ConsumeIntegralInRange(2, 5); count > 0; --count) SendOne();
  }
  // A frame whose bytes come one part after the other. The descriptors go with the first part.
  void SendInPieces() {
    Made made = Make();
    while (made.bytes.size() > 1 && input_.ConsumeIntegralInRange(0, 5) != 0) {
      const std::size_t most = std::min<std::size_t>(made.bytes.size() - 1, 64);
      const std::size_t cut = input_.ConsumeIntegralInRange<std::size_t>(1, most);
      peer_.Write(made.bytes.substr(0, cut), std::exchange(made.fds, {}));
      made.bytes.erase(0, cut);
      Turn();
    }
    peer_.Write(std::move(made.bytes), std::move(made.fds));
  }

  FuzzedDataProvider& input_;
  End& end_;
  const std::size_t which_;
  RawPeer peer_;
  std::uint32_t last_id_ = 0;
  std::deque<std::pair<std::uint32_t, std::uint32_t>> calls_;  // of the channel under test: id, method
};

void Run(FuzzedDataProvider& input) {
  const std::size_t which = input.ConsumeIntegralInRange<std::size_t>(0, 1);
  auto [theirs, ours] = SocketPair();
  End end(which, std::move(ours));
  {
    Hostile hostile(input, end, which, std::move(theirs));
    const std::size_t memory = MemoryInUse();
    for (int i = 0; i < 24 && input.remaining_bytes() > 0; ++i) {
      hostile.Act();
      const bool bounded = MemoryInUse() < memory + (64 << 20);
      Require(bounded, "a peer cannot make a channel take more and more memory");
    }
    RunUntilReached(end.loop, [&] { return hostile.read() || hostile.ended(); }, "what is sent is read");
    for (int i = 0; i < 4; ++i) hostile.Turn();
    end.Release();
    const auto settled = [&] {
      if (hostile.sure && hostile.wrong) return end.accused;
      return !hostile.sure || hostile.answers >= hostile.expected;
    };
    RunUntilReached(end.loop, settled, "misbehaviour is reported, and right calls are answered");
    if (hostile.sure && !hostile.wrong) Require(!end.accused && end.open(), "a correct peer is not accused");
    if (hostile.sure && !hostile.wrong) Require(hostile.answers == hostile.expected, "each call has one answer");
    if (end.accused) Require(!end.open(), "the channel of a peer that has misbehaved is closed");
    if (input.ConsumeBool()) hostile.EndWriting();
    for (int i = 0; i < 4; ++i) hostile.Turn();
  }
  // The peer is gone.
  RunUntilReached(end.loop, [&] { return end.accused || end.closed; }, "the end of a peer is noticed");
  RunUntilReached(end.loop, [&] { return end.answered == end.asked; }, "no call waits for a peer that is gone");
  end.Release();
  end.Destroy();
  for (int i = 0; i < 3; ++i) end.loop.RunOnce();
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  const zoobar::Loop first;  // opens what libuv keeps open
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  FuzzedDataProvider input(data, size);
  const int descriptors = OpenDescriptors();
  Run(input);
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
