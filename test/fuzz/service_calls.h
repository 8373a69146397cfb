// Calls of a role that runs in a FakeSite, by callers that were taken over. Each call is checked: it is answered, or its
// caller is accused, but never an honest one.
#pragma once

#include <uv.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/descriptors.h"
#include "fuzz/messages.h"
#include "fuzz/raw_peer.h"
#include "fuzz/require.h"
#include "ipc/channel.h"
#include "ipc/sendable.h"
#include "site/fake_site.h"

namespace zoobar {

inline constexpr std::int64_t kPatienceUs = 15'000'000;  // for an answer: longer than any of a role's own limits here

// Runs the loop until `reached` returns true.
inline void RunUntilReached(Loop& loop, const std::function<bool()>& reached, const char* promise) {
  const std::int64_t until = MonotonicMicros() + kPatienceUs;
  Timer tick(loop);
  tick.StartEvery(Milliseconds(20), [] {});
  // What comes true right before the loop sleeps wakes nobody, so the loop does not sleep at first. On a busy machine the
  // time may pass without a turn, so the patience is also a number of turns.
  constexpr int kAwake = 100, kLeastTurns = 500;
  for (int turn = 0; !reached(); ++turn) {
    Require(MonotonicMicros() < until || turn < kLeastTurns, promise);
    uv_run(loop.uv(), turn < kAwake ? UV_RUN_NOWAIT : UV_RUN_ONCE);
  }
}

inline std::vector<const Method*> MethodsOf(Role role) {
  std::vector<const Method*> methods;
  for (const Method& method : AllMethods()) {
    if (static_cast<Role>(method.number >> 8) == role) methods.push_back(&method);
  }
  return methods;
}

class ServiceCalls {
 public:
  struct Call {
    const Method* method = nullptr;
    Role caller = ROLE_UNSPECIFIED;
    Role server = ROLE_UNSPECIFIED;
    std::string body, secret;
    std::vector<Fd> fds;
    std::int64_t deadline = 0;
  };
  struct Answer {
    bool accused = false;    // the caller was accused
    bool available = false;  // there is a message
    std::unique_ptr<google::protobuf::Message> message;
    std::string secret;
    std::vector<Fd> fds;
  };

  explicit ServiceCalls(FakeSite& site) : site_(site) {}

  // Makes these calls at once, and waits until each of them has ended. The answers are in the order of the calls. A
  // one-way call has none.
  std::vector<Answer> Make(std::vector<Call> calls) {
    answers_.clear();
    answers_.resize(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) Start(std::move(calls[i]), i);
    RunUntilReached(site_.loop(), [this] { return Quiet(); }, "every call is answered");
    for (int turn = 0; turn < 3; ++turn) site_.loop().RunOnce();
    for (auto& [roles, line] : lines_) {
      Require(line->accused == line->guilty, line->guilty ? "misbehaviour is reported" : "no honest caller is accused");
      if (line->accused) Require(line->peer->ended(), "an accused peer's channel is closed");
    }
    std::erase_if(lines_, [](const auto& line) { return line.second->accused; });
    Require(site_.misbehaviours.empty(), "the role's peers are not accused, and the role accuses itself of nothing");
    return std::move(answers_);
  }
  Answer Make(Call call) {
    std::vector<Call> calls;
    calls.push_back(std::move(call));
    return std::move(Make(std::move(calls)).front());
  }
  // Makes a call that must be answered. It asks again while the role is busy with a call of somebody who was accused.
  template <typename Reply, typename Request>
  Reply Ask(Role caller, Role server, const Request& request) {
    const std::int64_t until = MonotonicMicros() + kPatienceUs;
    for (;;) {
      Call call{&MethodForRequest<Request>(), caller, server, request.SerializeAsString(), "", {}, 0};
      Answer answer = Make(std::move(call));
      if (answer.available) return std::move(dynamic_cast<Reply&>(*answer.message));
      Require(MonotonicMicros() < until, "a right call is answered");
    }
  }

 private:
  // A channel from one caller to one role.
  struct Line {
    std::unique_ptr<RawPeer> peer;
    std::shared_ptr<Channel> served;
    bool guilty = false;  // it has sent something that no correct peer sends
    bool accused = false;
    std::map<std::uint32_t, std::pair<const Method*, std::size_t>> open;  // by id: the calls without an answer
    std::uint32_t last_id = 0;
  };

  static bool Parses(const Method& method, const std::string& body) {
    return MessageBuilder::New(method.descriptor->input_type())->ParseFromString(body);
  }

  // With ZOOBAR_FUZZ_TELL in its environment a target says what an input does.
  static void Tell(std::string_view what, const Method& method, Role who, const std::string& body, bool request) {
    static const bool asked = getenv("ZOOBAR_FUZZ_TELL") != nullptr;
    if (!asked) return;
    const auto message =
        MessageBuilder::New(request ? method.descriptor->input_type() : method.descriptor->output_type());
    const std::string text = message->ParseFromString(body) ? message->ShortDebugString().substr(0, 300) : "malformed";
    fmt::print(stderr, "{} {} {}: {}\n", what, RoleName(who), method.name(), text);
  }

  void Start(Call call, std::size_t index) {
    Tell("call by", *call.method, call.caller, call.body, true);
    Line& line = LineOf(call.caller, call.server);
    const bool late = call.deadline != 0 && call.deadline < MonotonicMicros();
    const bool right = call.method->permits(call.caller) && Permitted(call.fds, call.method->request_fds) &&
                       call.body.size() <= Channel::kMaxBody && call.secret.size() <= Channel::kMaxSecret &&
                       ((late && !call.method->one_way) || Parses(*call.method, call.body));
    const std::uint32_t id = ++line.last_id;
    if (!right) line.guilty = true;
    if (right && !line.guilty && !call.method->one_way) line.open[id] = {call.method, index};
    if (line.guilty) {
      answers_[index].accused = true;
      line.open.clear();  // they may be answered or not
    }
    frame::Header header{.id = id,
                         .method = call.method->number,
                         .fds = static_cast<std::uint8_t>(call.fds.size()),
                         .deadline = call.deadline};
    line.peer->Write(RawPeer::FrameOf(header, call.body, call.secret), std::move(call.fds));
  }

  Line& LineOf(Role caller, Role server) {
    std::unique_ptr<Line>& line = lines_[{caller, server}];
    if (line) return *line;
    line = std::make_unique<Line>();
    auto [mine, theirs] = SocketPair();
    line->peer = std::make_unique<RawPeer>(site_.loop(), std::move(mine));
    line->peer->on_frame = [this, at = line.get()](RawPeer::Frame frame) { Take(*at, std::move(frame)); };
    Channel::Events events;
    events.on_misbehaviour = [at = line.get()](const std::string& how) {
      Require(!how.empty(), "an accusation says why");
      at->accused = true;
    };
    events.on_closed = [] {};
    line->served = std::make_shared<Channel>(site_.loop(), std::move(theirs), server, Caller{caller, 0},
                                             &site_.service(), std::move(events));
    return *line;
  }

  void Take(Line& line, RawPeer::Frame frame) {
    if (line.guilty) return;
    const auto found = line.open.find(frame.header.id);
    Require(found != line.open.end(), "each answer is for a call, and there is one for each");
    const auto [method, index] = found->second;
    line.open.erase(found);
    Answer& answer = answers_[index];
    Require(frame.header.method == method->number, "an answer names its method");
    Require(Permitted(frame.fds, method->reply_fds), "an answer has the descriptors that its method names");
    Tell(frame.header.kind == frame::Kind::kReply ? "answer of" : "no answer of", *method,
         static_cast<Role>(method->number >> 8), frame.body, false);
    if (frame.header.kind == frame::Kind::kUnavailable) {
      Require(frame.body.empty() && frame.secret.empty() && frame.fds.empty(), "no content without an answer");
      return;
    }
    Require(frame.header.kind == frame::Kind::kReply, "a call is answered");
    answer.message = MessageBuilder::New(method->descriptor->output_type());
    Require(answer.message->ParseFromString(frame.body), "an answer is of its method's type");
    Require(CheckSendable(*answer.message, frame.secret.size(), frame.fds.size()).ok(), "an answer can be sent");
    answer.available = true;
    answer.secret = std::move(frame.secret);
    answer.fds = std::move(frame.fds);
  }

  bool Quiet() const {
    return std::ranges::all_of(lines_, [](const auto& each) {
      const Line& line = *each.second;
      return line.guilty ? line.accused && line.peer->ended() : line.open.empty() && line.peer->read();
    });
  }

  FakeSite& site_;
  std::map<std::pair<Role, Role>, std::unique_ptr<Line>> lines_;
  std::vector<Answer> answers_;
};

// Lets the role finish what it does, as before its end.
inline void DrainRole(FakeSite& site, RoleBody& role) {
  bool drained = false;
  role.Drain([&drained] { drained = true; });
  RunUntilReached(site.loop(), [&drained] { return drained; }, "a role that is asked to drain comes to its end");
}

// Chooses calls of one role from an input.
class CallChooser {
 public:
  CallChooser(FuzzedDataProvider& input, const WorthTrying& values, Role server)
      : input_(input), builder_(input, values), server_(server), methods_(MethodsOf(server)) {}

  // `complete` makes the message one that leads further, as with a ticket that is right.
  using Complete = std::function<void(google::protobuf::Message&)>;
  ServiceCalls::Call Choose(const Complete& complete, const std::function<std::string(const Method&)>& secret) {
    return Choose(*methods_[input_.ConsumeIntegralInRange<std::size_t>(0, methods_.size() - 1)], complete, secret);
  }
  ServiceCalls::Call Choose(const Method& method, const Complete& complete,
                            const std::function<std::string(const Method&)>& secret) {
    ServiceCalls::Call call;
    call.method = &method;
    call.server = server_;
    call.caller = Caller(method);
    if (input_.ConsumeIntegralInRange(0, 31) == 0) {
      call.body = input_.ConsumeRandomLengthString(200);
    } else {
      const auto message = MessageBuilder::New(method.descriptor->input_type());
      builder_.Fill(*message);
      if (complete && input_.ConsumeIntegralInRange(0, 15) != 0) complete(*message);
      call.body = message->SerializePartialAsString();
    }
    if (secret) call.secret = secret(method);
    std::size_t fds = method.request_fds.size();
    if (input_.ConsumeIntegralInRange(0, 15) == 0) fds = input_.ConsumeIntegralInRange<std::size_t>(0, 4);
    call.fds = AnyDescriptors(input_, fds, method.request_fds);
    if (input_.ConsumeIntegralInRange(0, 31) == 0) call.deadline = 1;  // long ago
    return call;
  }

 private:
  // Mostly one that may call the method.
  Role Caller(const Method& method) {
    std::vector<Role> permitted;
    for (int i = 0; i < Role_descriptor()->value_count(); ++i) {
      const auto role = static_cast<Role>(Role_descriptor()->value(i)->number());
      if (method.permits(role) && role != ROLE_MASTER) permitted.push_back(role);
    }
    if (permitted.empty() || input_.ConsumeIntegralInRange(0, 31) == 0) {
      return static_cast<Role>(
          Role_descriptor()->value(input_.ConsumeIntegralInRange(1, Role_ARRAYSIZE - 1))->number());
    }
    return permitted[input_.ConsumeIntegralInRange<std::size_t>(0, permitted.size() - 1)];
  }

  FuzzedDataProvider& input_;
  MessageBuilder builder_;
  const Role server_;
  const std::vector<const Method*> methods_;
};

// Silences what protobuf prints about messages that do not parse.
inline void SilenceProtobuf() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace zoobar
