// The control socket of admin (src/roles/admin.h), to which `zoobar ctl` connects, and what the roles behind admin answer
// when they were taken over. Also the messages from the master to a role (src/site/control.h).
#include <argon2.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/descriptors.h"
#include "fuzz/messages.h"
#include "fuzz/raw_peer.h"
#include "fuzz/require.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "operator/control_socket.h"
#include "roles/admin.h"
#include "site/control.h"

namespace zoobar {
namespace {

constexpr std::string_view kSecret = "correct horse";
constexpr Role kBehind[] = {ROLE_LOGGER, ROLE_AUTH, ROLE_BANK, ROLE_PROFILE, ROLE_NOTARY, ROLE_SANDBOX, ROLE_KEYS};

const WorthTrying& Values() {
  static const WorthTrying values = [] {
    WorthTrying made;
    for (const char* text : {"alice", "bob", "1.1.1", "done", "refused"}) made.bytes.emplace_back(text);
    for (const Role role : kBehind) made.numbers.push_back(role);
    made.numbers.push_back(1000);
    made.numbers.push_back(1001);
    return made;
  }();
  return values;
}

// A role that admin calls, taken over: each answer is what the input says.
class TakenRole {
 public:
  TakenRole(FakeSite& site, FuzzedDataProvider& input, Role role) : input_(input) {
    auto [mine, theirs] = SocketPair();
    peer_ = std::make_unique<RawPeer>(site.loop(), std::move(mine));
    peer_->on_frame = [this](RawPeer::Frame frame) { Answer(frame); };
    Channel::Events events;
    events.on_misbehaviour = [this](const std::string&) {
      Require(guilty_, "no honest role is accused");
      accused_ = true;
    };
    events.on_closed = [] {};
    site.peer(role).Attach(0, std::make_shared<Channel>(site.loop(), std::move(theirs), ROLE_ADMIN, Caller{role, 0},
                                                        &site.service(), std::move(events)));
  }
  // Ends its side of the channel.
  void Leave() { peer_.reset(); }
  // Called when nothing is going on any more.
  void Judge() const { Require(accused_ == guilty_, "a role that sends rubbish is accused"); }

 private:
  void Answer(const RawPeer::Frame& frame) {
    const Method* method = MethodByNumber(frame.header.method);
    Require(method && method->permits(ROLE_ADMIN), "admin calls only what it may call");
    const auto asked = MessageBuilder::New(method->descriptor->input_type());
    Require(asked->ParseFromString(frame.body), "what admin sends can be parsed");
    if (method->one_way) return;
    frame::Header header{.id = frame.header.id, .method = method->number, .kind = frame::Kind::kReply};
    const int how = input_.ConsumeIntegralInRange(0, 15);
    if (how == 0) {
      header.kind = frame::Kind::kUnavailable;
      header.cause = static_cast<Cause>(input_.ConsumeIntegralInRange(0, 4));
      return peer_->Write(RawPeer::FrameOf(header, "", ""));
    }
    const auto reply = MessageBuilder::New(method->descriptor->output_type());
    MessageBuilder(input_, Values()).Fill(*reply);
    std::string body = reply->SerializePartialAsString();
    if (how == 1) body = input_.ConsumeRandomLengthString(40);
    const auto copy = MessageBuilder::New(method->descriptor->output_type());
    if (body.size() > frame::kMaxBody || !copy->ParseFromString(body)) guilty_ = true;
    peer_->Write(RawPeer::FrameOf(header, body, input_.ConsumeRandomLengthString(10)));
  }

  FuzzedDataProvider& input_;
  std::unique_ptr<RawPeer> peer_;
  bool guilty_ = false, accused_ = false;
};

// A client of the control socket.
struct Client {
  std::unique_ptr<RawPeer> peer;
  bool guilty = false, admitted = false, said = false;
  std::map<std::uint32_t, const Method*> open;
  std::uint32_t last_id = 0;
};

class ControlWorld {
 public:
  ControlWorld(FuzzedDataProvider& input, const ScratchFolder& folder)
      : input_(input), path_(folder.At("control.sock")) {
    static const std::string hash = [] {
      char encoded[256];
      Require(argon2id_hash_encoded(1, 64, 1, kSecret.data(), kSecret.size(), "salt of 16 bytes", 16, 32, encoded,
                                    sizeof encoded) == ARGON2_OK,
              "argon2 hashes");
      return std::string(encoded);
    }();
    site_.operator_secret_hash = hash;
    unlink(path_.c_str());
    Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = Address();
    Require(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                listen(listener.get(), 64) == 0,
            "a control socket can be made");
    site_.passed["control-listener"] = std::move(listener);
    admin_ = std::make_unique<Admin>(site_);
    Roster roster;
    for (const Role role : kBehind) {
      taken_.push_back(std::make_unique<TakenRole>(site_, input_, role));
      Roster::Entry& entry = *roster.add_entries();
      entry.set_role(role);
      entry.set_has_store(role == ROLE_BANK || role == ROLE_AUTH);
      entry.set_slot(static_cast<std::uint32_t>(role));
    }
    admin_->RosterChanged(roster);
    site_.on_tell = [this](StateByte state) {
      if (state != StateByte::kReload) return;
      site_.loop().AtEndOfTurn([this] { admin_->ReloadEnded(ReloadEnded()); });
    };
    site_.on_restart = [this](std::uint32_t slot) {
      site_.loop().AtEndOfTurn([this, slot] {
        RestartEnded ended;
        ended.set_slot(slot);
        admin_->RestartEnded(ended);
      });
    };
  }
  ~ControlWorld() {
    clients_.clear();
    RunUntilReached(site_.loop(), [this] { return site_.loop().uv()->active_reqs.count == 0; }, "hashing ends");
    DrainRole(site_, *admin_);
    // What admin still tells logger about ended acts must end while admin is there. A real admin never goes before its
    // process.
    const auto run = [this] {
      for (int turn = 0; turn < 20; ++turn) site_.loop().RunOnce();
    };
    run();
    for (const auto& role : taken_) role->Leave();
    run();
    admin_.reset();
    for (const auto& role : taken_) role->Judge();
  }

  void Connect() {
    if (clients_.size() >= 6) return;
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = Address();
    Require(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "admin listens");
    clients_.push_back(std::make_unique<Client>());
    Client* const client = clients_.back().get();
    client->peer = std::make_unique<RawPeer>(site_.loop(), std::move(socket));
    client->peer->on_frame = [client](const RawPeer::Frame& frame) { Take(*client, frame); };
  }
  void Act() {
    if (clients_.empty() || input_.ConsumeIntegralInRange(0, 9) == 0) return Connect();
    Client& client = *clients_[input_.ConsumeIntegralInRange<std::size_t>(0, clients_.size() - 1)];
    if (!client.said && input_.ConsumeIntegralInRange(0, 7) != 0) return Authenticate(client);
    static const std::vector<const Method*> methods = [] {
      std::vector<const Method*> all = MethodsOf(ROLE_ADMIN);
      // These two wait for the master, who is not here.
      std::erase_if(all, [](const Method* each) {
        return each->name() == "Admin.Upgrade" || each->name() == "Admin.RestartRole";
      });
      return all;
    }();
    const Method& method = *methods[input_.ConsumeIntegralInRange<std::size_t>(0, methods.size() - 1)];
    CallChooser chooser(input_, Values(), ROLE_ADMIN);
    ServiceCalls::Call call = chooser.Choose(method, nullptr, nullptr);
    const bool authenticates = method.descriptor->input_type() == AuthenticateRequest::descriptor();
    call.secret = authenticates ? std::string(kSecret) : input_.ConsumeRandomLengthString(20);
    const auto parsed = MessageBuilder::New(method.descriptor->input_type());
    if (call.fds.size() > method.request_fds.size() || (call.deadline == 0 && !parsed->ParseFromString(call.body)))
      client.guilty = true;
    if (authenticates) client.said = true;
    Send(client, method, call.body, call.secret, std::move(call.fds), call.deadline);
    Settle(client);
  }

 private:
  // Always with the right secret: a wrong one is answered after a second, which is too long here.
  void Authenticate(Client& client) {
    client.said = true;
    AuthenticateRequest request;
    request.set_uid(1000);
    Send(client, MethodForRequest<AuthenticateRequest>(), request.SerializeAsString(), std::string(kSecret), {}, 0);
    Settle(client);
  }
  void Send(Client& client, const Method& method, const std::string& body, const std::string& secret,
            std::vector<Fd> fds, std::int64_t deadline) {
    const frame::Header header{.id = ++client.last_id,
                               .method = method.number,
                               .fds = static_cast<std::uint8_t>(fds.size()),
                               .deadline = deadline};
    client.open[header.id] = &method;
    client.peer->Write(RawPeer::FrameOf(header, body, secret), std::move(fds));
  }
  // Waits for the answers of a client that may have some.
  void Settle(Client& client) {
    const auto quiet = [&] { return client.peer->ended() || client.open.empty(); };
    if (client.guilty) {
      return RunUntilReached(
          site_.loop(), [&] { return client.peer->ended(); },
          "the connection of a client that sends rubbish is closed");
    }
    if (client.admitted) return RunUntilReached(site_.loop(), quiet, "an operator's call is answered");
    for (int turn = 0; turn < 10 && !quiet(); ++turn) site_.loop().RunOnce();
    RunUntilReached(site_.loop(), [this] { return site_.loop().uv()->active_reqs.count == 0; }, "hashing ends");
    for (int turn = 0; turn < 10 && !quiet(); ++turn) site_.loop().RunOnce();
  }
  static void Take(Client& client, const RawPeer::Frame& frame) {
    const auto found = client.open.find(frame.header.id);
    if (found == client.open.end()) return;
    const Method& method = *found->second;
    client.open.erase(found);
    Require(frame.header.method == method.number && frame.fds.empty(), "an answer names its method");
    if (frame.header.kind == frame::Kind::kUnavailable) return;
    const auto reply = MessageBuilder::New(method.descriptor->output_type());
    Require(reply->ParseFromString(frame.body), "an answer is of its method's type");
    if (const auto* entered = dynamic_cast<const AuthenticateReply*>(reply.get())) {
      client.admitted = entered->accepted();
    } else {
      Require(client.admitted, "nobody is served who has not authenticated");
    }
  }

  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }

  FuzzedDataProvider& input_;
  const std::string path_;
  FakeSite site_;
  std::unique_ptr<Admin> admin_;
  std::vector<std::unique_ptr<TakenRole>> taken_;
  std::vector<std::unique_ptr<Client>> clients_;
};

void FromTheMaster(FuzzedDataProvider& input) {
  auto [master, role] = SocketPair(SOCK_SEQPACKET);
  while (input.remaining_bytes() > 0) {
    const auto fds = AnyDescriptors(input, input.ConsumeIntegralInRange<std::size_t>(0, 5));
    std::vector<int> numbers;
    for (const Fd& fd : fds) numbers.push_back(fd.get());
    if (input.ConsumeBool()) {
      const auto message = MessageBuilder::New(ToRole::descriptor());
      MessageBuilder(input, Values()).Fill(*message);
      if (!CheckSendable(*message, 0, 0).ok()) continue;
      if (!SendToRole(master, dynamic_cast<const ToRole&>(*message), numbers)) {
        Require(message->ByteSizeLong() > kMaxControlMessage, "a message that fits is sent");
        continue;
      }
      const auto got = ReceiveFromMaster(role);
      if (message->ByteSizeLong() == 0) {
        Require(!got.ok(), "an empty packet looks like the end");
        continue;
      }
      Require(got.ok() && got->has_value() && (*got)->fds.size() == fds.size(), "a message comes with its descriptors");
      Require((*got)->message.SerializeAsString() == message->SerializeAsString(), "a message comes as it was sent");
    } else {
      const std::string bytes = input.ConsumeRandomLengthString(300);
      if (SendWithDescriptors(master.get(), bytes, numbers, MSG_DONTWAIT) < 0) continue;
      const auto got = ReceiveFromMaster(role);
      Require(got.ok() || !got.error().text.empty(), "an error says what is wrong");
    }
    Require(ReceiveFromMaster(role).ok(), "one packet is one message");
  }
}

void WhatTheMasterWrote(FuzzedDataProvider& input, const ScratchFolder& folder) {
  folder.Write("listening", input.ConsumeRemainingBytesAsString());
  for (const std::string& address : ListeningAt(folder.path())) {
    for (const unsigned char byte : address) Require(byte >= 0x20 && byte != 0x7f, "no control characters");
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  zoobar::SeededRandom::Begin("");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  static const ScratchFolder folder;
  FuzzedDataProvider input(data, size);
  SeededRandom::Begin("");
  static const bool warm = [] {  // libuv's threads and their descriptors
    Loop loop;
    uv_work_t work;
    uv_queue_work(loop.uv(), &work, [](uv_work_t*) {}, [](uv_work_t*, int) {});
    while (loop.uv()->active_reqs.count > 0) loop.RunOnce();
    return true;
  }();
  std::ignore = warm;
  const int descriptors = OpenDescriptors();
  switch (input.ConsumeIntegralInRange(0, 7)) {
    case 0:
      FromTheMaster(input);
      break;
    case 1:
      WhatTheMasterWrote(input, folder);
      break;
    default: {
      ControlWorld world(input, folder);
      for (int i = 0; i < 20 && input.remaining_bytes() > 0; ++i) world.Act();
    }
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
