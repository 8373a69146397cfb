// All calls of auth (proto/auth.proto) by callers that were taken over, with the real honeychecker behind it.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/readers.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "ipc/secrets.h"
#include "roles/auth.h"
#include "roles/honeychecker.h"
#include "site/operator_act.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::string_view kPassword = "correct horse";

struct Folders {
  ScratchFolder auth, checker;
};

struct Known {  // what clients know: tokens of their sessions and devices, and passwords
  std::vector<std::string> pieces = {"",  std::string(kPassword), "battery staple",
                                     "x", "caf\xc3\xa9 au lait",  "\xff\xfe"};
};

class AuthWorld {
 public:
  explicit AuthWorld(const Folders& folders) {
    Config::Auth& auth = *site_.settings.mutable_auth();
    auth.mutable_argon2()->set_memory_kib(8);
    auth.mutable_argon2()->set_passes(1);
    auth.set_sweetwords(3);
    auth.set_min_password_score(0);
    auth.mutable_throttle()->set_account_failures(1'000'000'000);
    auth.mutable_throttle()->set_address_failures(1'000'000'000);
    site_.settings.mutable_store()->set_map_bytes(1 << 20);
    site_.operator_public_key = MustHave(OperatorPublicKey(View(OperatorKey())));
    for (const Role audience : {ROLE_BANK, ROLE_PROFILE}) site_.ticket_keys[audience] = Bytes(kTicketKeySize, 'k');
    checker_ = std::make_unique<Honeychecker>(site_, folders.checker.path());
    site_.Connect(ROLE_AUTH, ROLE_HONEYCHECKER, site_.service());
    AuthOptions options;
    options.folder = folders.auth.path();
    options.clock = [this] { return now; };
    options.hashing_threads = 1;
    options.drawer = [](std::string_view, std::size_t count, const Acceptable&) {
      std::vector<Bytes> words;
      for (std::size_t i = 0; i < count; ++i) words.push_back(ToBytes(kHoneyword + std::to_string(i)));
      return words;
    };
    auth_ = std::make_unique<Auth>(site_, std::move(options));
    calls = std::make_unique<ServiceCalls>(site_);
  }
  ~AuthWorld() {
    DrainRole(site_, *auth_);
    DrainRole(site_, *checker_);
    calls.reset();
    auth_.reset();
    checker_.reset();
  }

  void Register(const std::string& name, Known& known) {
    RegisterRequest request;
    request.set_name(name);
    request.set_address("192.0.2.1");
    const Bytes secret = PackSecrets({kPassword, "", ""});
    ServiceCalls::Call call{&MethodForRequest<RegisterRequest>(),
                            ROLE_LOGIN,
                            ROLE_AUTH,
                            request.SerializeAsString(),
                            std::string(View(secret)),
                            {},
                            0};
    const auto answer = calls->Make(std::move(call));
    Require(answer.available, "a registration is answered");
    Learn(answer, known);
  }
  // Takes the tokens of an answer, as a browser does.
  static void Learn(const ServiceCalls::Answer& answer, Known& known) {
    const auto* entered = dynamic_cast<const LoginReply*>(answer.message.get());
    if (!entered) return Require(answer.secret.empty(), "only a login gives tokens");
    // Who waits gets the token of a claim with the first answer, and none with later ones.
    const bool gives = entered->outcome() == LoginReply::OUTCOME_OK;
    Require(entered->outcome() == LoginReply::OUTCOME_WAITING || gives == !answer.secret.empty(),
            "a refused login gives no token, and a right one gives some");
    const Bytes secret = ToBytes(answer.secret);
    for (const std::size_t count : {1, 2}) {
      const auto pieces = UnpackSecrets(secret, count);
      if (!pieces.ok()) continue;
      for (const std::string_view piece : *pieces) known.pieces.emplace_back(piece);
    }
  }

  void Complete(FuzzedDataProvider& input, google::protobuf::Message& message) {
    auto* operate = dynamic_cast<OperateAuthRequest*>(&message);
    if (!operate) return;
    OperatorAct act;
    MessageBuilder(input, Values()).Fill(act);
    act.set_audience(ROLE_AUTH);
    *operate->mutable_act() = signer_.Sign(std::move(act), now);
  }
  std::string Secret(FuzzedDataProvider& input, const Method& method, const Known& known) const {
    const auto piece = [&] {
      return known.pieces[input.ConsumeIntegralInRange<std::size_t>(0, known.pieces.size() - 1)];
    };
    std::size_t count = 3;
    if (method.name() == "Auth.Claim" || method.name() == "Auth.CloseOwn" || method.name() == "Auth.BeginPasskey")
      count = 2;
    if (!method.descriptor->options().GetExtension(takes_password)) count = 1;
    if (method.name() == "Auth.PasskeyLogin") count = 2;
    switch (input.ConsumeIntegralInRange(0, 19)) {
      case 0:
        return input.ConsumeRandomLengthString(60);
      case 1:
        count = input.ConsumeIntegralInRange<std::size_t>(0, 3);
        break;
      case 2:
        return std::string(
            View(PackSecrets({std::string(input.PickValueInArray({4096, 4097, 60'000}), 'p'), piece(), piece()})));
      default:
        break;
    }
    const std::string a = piece(), b = piece(), c = piece();
    const Bytes packed = count == 0   ? PackSecrets({})
                         : count == 1 ? PackSecrets({a})
                         : count == 2 ? PackSecrets({a, b})
                                      : PackSecrets({a, b, c});
    return std::string(View(packed));
  }

  // What auth says without a session, and the tickets that it writes.
  void CheckAnswer(const CheckReply& reply, const CheckRequest& asked) {
    if (!reply.session()) {
      Require(reply.member().empty() && reply.granted_size() == 0 && reply.found().empty() && !reply.delegates() &&
                  !reply.has_limits() && (reply.must_change() || reply.name().empty()),
              "without a session nothing is said");
      return;
    }
    Require(reply.member().size() == kMemberIdSize && !reply.name().empty(), "a session is somebody's");
    Require(reply.granted_size() == asked.acts_size(), "one answer for each act");
    for (int i = 0; i < reply.granted_size(); ++i) {
      const auto& granted = reply.granted(i);
      if (!granted.has_ticket()) continue;
      Require(granted.outcome() == CheckReply::Granted::OUTCOME_OK, "no ticket for a refused act");
      const Act& act = asked.acts(i);
      if (act.has_transfer()) {
        const std::string digest = TransferDigest(granted.recipient(), act.transfer().zoobars());
        const auto body =
            CheckTicket(site_.ticket_keys[ROLE_BANK], granted.ticket(), ROLE_BANK, kTransferMethod, digest, now);
        Require(body.ok() && body->member() == reply.member(), "a ticket is for its act, and for its member");
      }
    }
  }
  bool bell() const { return !site_.lines.Named("honeyword-used").empty(); }

  static const WorthTrying& Values() {
    static const WorthTrying values = [] {
      WorthTrying made;
      for (const char* text :
           {"alice", "bob", "carol", "192.0.2.1", "2001:db8::1", "Mozilla/5.0", "caf\xc3\xa9", "cafe\xcc\x81"})
        made.bytes.emplace_back(text);
      made.bytes.emplace_back(16, 'm');
      for (const std::uint64_t number : {5, 17, 20, 21, 1000, 1001}) made.numbers.push_back(number);
      made.numbers.push_back(static_cast<std::uint64_t>(kNow + 86'400'000));
      return made;
    }();
    return values;
  }

  std::int64_t now = kNow;
  std::unique_ptr<ServiceCalls> calls;

 private:
  inline static const std::string kHoneyword = "no client types this honeyword ";
  static const Bytes& OperatorKey() {
    static const Bytes key = FreshOperatorKey();
    return key;
  }

  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(OperatorKey())));
  FakeSite site_;
  std::unique_ptr<Honeychecker> checker_;
  std::unique_ptr<Auth> auth_;
};

struct FirstStores {
  std::string auth, checker;
  Known known;
};
const FirstStores& First(const Folders& folders) {
  static const FirstStores first = [&folders] {
    FirstStores made;
    {
      AuthWorld world(folders);
      world.Register("alice", made.known);
      world.Register("bob", made.known);
    }
    made.auth = folders.auth.Read("data.mdb");
    made.checker = folders.checker.Read("data.mdb");
    return made;
  }();
  return first;
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
  static const Folders folders;
  FuzzedDataProvider input(data, size);
  const FirstStores& first = First(folders);
  folders.auth.PutStore(first.auth);
  folders.checker.PutStore(first.checker);
  SeededRandom::Begin("");
  Known known = first.known;
  const int descriptors = OpenDescriptors();
  {
    AuthWorld world(folders);
    CallChooser chooser(input, AuthWorld::Values(), ROLE_AUTH);
    const auto complete = [&](google::protobuf::Message& message) { world.Complete(input, message); };
    const auto secret = [&](const Method& method) { return world.Secret(input, method, known); };
    for (int i = 0; i < 12 && input.remaining_bytes() > 0; ++i) {
      std::vector<ServiceCalls::Call> calls;
      for (int at_once = input.ConsumeIntegralInRange(1, 3); at_once > 0; --at_once)
        calls.push_back(chooser.Choose(complete, secret));
      std::vector<std::string> bodies;
      for (const auto& call : calls) bodies.push_back(call.body);
      const auto answers = world.calls->Make(std::move(calls));
      for (std::size_t at = 0; at < answers.size(); ++at) {
        if (!answers[at].available) continue;
        AuthWorld::Learn(answers[at], known);
        CheckRequest asked;
        const auto* checked = dynamic_cast<const CheckReply*>(answers[at].message.get());
        if (checked && asked.ParseFromString(bodies[at])) world.CheckAnswer(*checked, asked);
      }
      world.now += input.PickValueInArray<std::int64_t>({0, 0, 1, 60'000, 3'600'000, 86'400'000, -60'000});
    }
    Require(!world.bell(), "no honest client rings the bell");
    Require(ActiveReaders(folders.auth.Read("lock.mdb")) == 0, "no reader is left over");
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
