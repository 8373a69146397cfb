// All calls of profile (proto/profile.proto) by callers that were taken over, with the real bank and the real sanitizer
// behind it. sandbox is a stand-in: what a run prints, asks its API for and leaves is what the input says.
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
#include "roles/bank.h"
#include "roles/fake_sandbox.h"
#include "roles/profile.h"
#include "roles/profile/member.h"
#include "roles/sanitizer.h"
#include "site/operator_act.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr const char* kNames[] = {"alice", "bob", "carol"};
constexpr std::string_view kPrograms[] = {"#!python\nprint('hello')\n", "#!python\nimport zoobar\n"};

struct Folders {
  ScratchFolder profile, bank;
};

class ProfileWorld {
 public:
  ProfileWorld(const Folders& folders, FuzzedDataProvider& input) : input_(input) {
    for (const Role audience : {ROLE_BANK, ROLE_PROFILE}) site_.ticket_keys[audience] = Bytes(kTicketKeySize, 'k');
    site_.operator_public_key = MustHave(OperatorPublicKey(View(OperatorKey())));
    site_.settings.mutable_store()->set_map_bytes(1 << 20);
    bank_ = std::make_unique<Bank>(site_, folders.bank.path(), [this] { return now; });
    sanitizer_ = std::make_unique<Sanitizer>(site_);
    Profile::Options options;
    options.folder = folders.profile.path();
    options.clock = [this] { return now; };
    profile_ = std::make_unique<Profile>(site_, options);
    site_.Connect(ROLE_PROFILE, ROLE_SANITIZER, site_.service());
    site_.Connect(ROLE_PROFILE, ROLE_BANK, site_.service());
    sandbox_.loop = &site_.loop();
    sandbox_.play = [this](const Program&) { return Play(); };
    site_.Connect(ROLE_PROFILE, ROLE_SANDBOX, sandbox_.service);
    profile_->PeerWired(ROLE_SANDBOX, 0, 1, Fd());
    calls = std::make_unique<ServiceCalls>(site_);
  }
  ~ProfileWorld() {
    DrainRole(site_, *profile_);
    DrainRole(site_, *bank_);
    for (int turn = 0; turn < 5; ++turn) site_.loop().RunOnce();
    calls.reset();
    profile_.reset();
    bank_.reset();
    Require(site_.misbehaviours.empty(), "profile sends no rubbish to its peers");
  }

  void OpenAccount(const std::string& name) {
    OpenAccountRequest request;
    *request.mutable_ticket() = TicketOf(name, ROLE_BANK, kOpenAccountMethod, OpenAccountDigest(), ActId("", ""));
    calls->Ask<OpenAccountReply>(ROLE_APP, ROLE_BANK, request);
  }
  void Save(const std::string& name, std::string_view text) {
    SaveRequest request;
    request.set_text(std::string(text));
    *request.mutable_ticket() =
        TicketOf(name, ROLE_PROFILE, kSaveProfileMethod, SaveProfileDigest(TextHash(text)), ActId("", ""));
    const auto reply = calls->Ask<SaveReply>(ROLE_APP, ROLE_PROFILE, request);
    Require(reply.outcome() == SaveReply::OUTCOME_SAVED, "a profile can be saved");
  }

  // Makes a message with a ticket one that profile believes.
  void Complete(google::protobuf::Message& message) {
    const std::string name = input_.PickValueInArray(kNames);
    const auto ticket = [&](auto& request, std::string_view method, std::string digest) {
      *request.mutable_ticket() = TicketOf(name, ROLE_PROFILE, method, std::move(digest), ActId("", ""));
    };
    if (auto* show = dynamic_cast<ShowRequest*>(&message)) {
      ticket(*show, kVisitMethod, VisitDigest(show->owner()));
      if (input_.ConsumeBool()) {
        *show->mutable_spending() = TicketOf("alice", ROLE_BANK, kSpendMethod,
                                             SpendDigest(Member(name), show->limits()), ActId(Member("alice"), ""));
      }
    } else if (auto* save = dynamic_cast<SaveRequest*>(&message)) {
      if (input_.ConsumeBool()) save->set_text(input_.ConsumeRandomLengthString(200));
      ticket(*save, kSaveProfileMethod, SaveProfileDigest(TextHash(save->text())));
    } else if (auto* attempt = dynamic_cast<TryRequest*>(&message)) {
      ticket(*attempt, kTryProgramMethod, TryProgramDigest(TextHash(attempt->text())));
    } else if (auto* own = dynamic_cast<OwnRequest*>(&message)) {
      ticket(*own, kOwnProgramMethod, OwnProgramDigest());
    } else if (auto* erase = dynamic_cast<EraseRequest*>(&message)) {
      ticket(*erase, kEraseProfileMethod, EraseProfileDigest());
    } else if (auto* operate = dynamic_cast<OperateProfileRequest*>(&message)) {
      OperatorAct act;
      MessageBuilder(input_, Values()).Fill(act);
      act.set_audience(ROLE_PROFILE);
      *operate->mutable_act() = signer_.Sign(std::move(act), now);
    }
  }

  static const WorthTrying& Values() {
    static const WorthTrying values = [] {
      WorthTrying made;
      for (const std::string name : kNames) {
        made.bytes.push_back(Member(name));
        made.bytes.push_back(name);
      }
      for (const std::string_view program : kPrograms) made.bytes.emplace_back(program);
      for (const char* text : {"<b>bold</b><script>x</script>", "notes", "dir/file", "../x", "socket", "\xff"})
        made.bytes.emplace_back(text);
      return made;
    }();
    return values;
  }
  void CheckMoney() {
    const auto audit = calls->Ask<VerifyReply>(ROLE_ADMIN, ROLE_BANK, VerifyRequest());
    Require(audit.sound() && audit.issued() == audit.held() + audit.offered(), "no program makes zoobars");
  }

  std::int64_t now = kNow;
  std::unique_ptr<ServiceCalls> calls;

 private:
  static const Bytes& OperatorKey() {
    static const Bytes key = FreshOperatorKey();
    return key;
  }
  Ticket TicketOf(const std::string& name, Role audience, std::string_view method, std::string digest, std::string id) {
    TicketBody body;
    body.set_member(Member(name));
    body.set_name(name);
    body.set_audience(audience);
    body.set_method(std::string(method));
    body.set_digest(std::move(digest));
    body.set_id(std::move(id));
    body.set_expires_ms(now + kTicketLifetimeMs);
    return MakeTicket(site_.ticket_keys[audience], body);
  }

  // A request of a program to its API: nearly right, or anything.
  std::string ApiRequest() {
    static constexpr std::string_view kCalls[] = {"get_self",     "get_visitor",    "get_user_info",   "get_xfers",
                                                  "xfer",         "get_visits",     "share_visits",    "get_wall",
                                                  "post",         "remove_post",    "open_wall",       "send_message",
                                                  "get_messages", "remove_message", "accept_messages", "share_file",
                                                  "list_shared",  "get_shared",     "get_sharing"};
    static constexpr std::string_view kWords[] = {"\"alice\"",
                                                  "\"bob\"",
                                                  "3",
                                                  "-1",
                                                  "1e30",
                                                  "null",
                                                  "[\"bob\"]",
                                                  "{}",
                                                  "\"everybody\"",
                                                  "true",
                                                  "9223372036854775808",
                                                  "\"\\ud800\"",
                                                  "\"notes\"",
                                                  "0.5"};
    if (input_.ConsumeIntegralInRange(0, 5) == 0) return input_.ConsumeRandomLengthString(60);
    std::string text = "{\"call\":\"" + std::string(input_.PickValueInArray(kCalls)) + "\"";
    static constexpr std::string_view kKeys[] = {"username", "target", "zoobars", "to",  "text",
                                                 "number",   "limit",  "senders", "path"};
    for (int count = input_.ConsumeIntegralInRange(0, 4); count > 0; --count) {
      text +=
          ",\"" + std::string(input_.PickValueInArray(kKeys)) + "\":" + std::string(input_.PickValueInArray(kWords));
    }
    return text + "}";
  }
  PlayedRun Play() {
    PlayedRun run;
    run.output = input_.ConsumeRandomLengthString(100);
    if (input_.ConsumeIntegralInRange(0, 7) == 0) run.output.resize(70'000, '<');
    run.errors = input_.ConsumeRandomLengthString(60);
    for (int count = input_.ConsumeIntegralInRange(0, 4); count > 0; --count) run.requests.push_back(ApiRequest());
    run.says_its_end = input_.ConsumeBool();
    MessageBuilder builder(input_, Values());
    if (input_.ConsumeBool()) builder.Fill(run.end);
    if (input_.ConsumeBool()) {
      run.files.emplace();
      builder.Fill(*run.files);
    }
    run.lost = input_.ConsumeIntegralInRange(0, 15) == 0;
    // A wait's answer is made by a sandbox that was taken over, but it is of the right form.
    if (!CheckSendable(run.end, 0, 1).ok()) run.end.Clear();
    return run;
  }

  FuzzedDataProvider& input_;
  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(OperatorKey())));
  FakeSandbox sandbox_;
  FakeSite site_;
  std::unique_ptr<Bank> bank_;
  std::unique_ptr<Sanitizer> sanitizer_;
  std::unique_ptr<Profile> profile_;
};

struct FirstStores {
  std::string profile, bank;
};
const FirstStores& First(const Folders& folders) {
  static const FirstStores first = [&folders] {
    FirstStores made;
    {
      FuzzedDataProvider none(nullptr, 0);
      ProfileWorld world(folders, none);
      for (const char* name : kNames) world.OpenAccount(name);
      world.Save("alice", kPrograms[0]);
      world.Save("bob", "<b>I am bob</b>");
    }
    made.profile = folders.profile.Read("data.mdb");
    made.bank = folders.bank.Read("data.mdb");
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
  folders.profile.PutStore(first.profile);
  folders.bank.PutStore(first.bank);
  SeededRandom::Begin("");
  const int descriptors = OpenDescriptors();
  {
    ProfileWorld world(folders, input);
    CallChooser chooser(input, ProfileWorld::Values(), ROLE_PROFILE);
    const auto complete = [&](google::protobuf::Message& message) { world.Complete(message); };
    for (int i = 0; i < 10 && input.remaining_bytes() > 0; ++i) {
      std::vector<ServiceCalls::Call> calls;
      for (int at_once = input.ConsumeIntegralInRange(1, 2); at_once > 0; --at_once)
        calls.push_back(chooser.Choose(complete, nullptr));
      world.calls->Make(std::move(calls));
      world.now += input.PickValueInArray<std::int64_t>({0, 0, 1, 60'000, 3'600'000, 86'400'000, -60'000});
    }
    world.CheckMoney();
    Require(ActiveReaders(folders.profile.Read("lock.mdb")) == 0, "no reader is left over");
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
