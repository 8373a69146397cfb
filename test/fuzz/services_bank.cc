// All calls of bank (proto/bank.proto) by callers that were taken over. Afterwards the journal is replayed.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/readers.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "roles/bank.h"
#include "site/operator_act.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000, kDayMs = 86'400'000;
constexpr const char* kNames[] = {"alice", "bob", "carol", "dave", "eve"};  // dave and eve have no account at first

std::string Member(std::string_view name) {
  std::string id(name);
  id.resize(kMemberIdSize, '.');
  return id;
}

class BankWorld {
 public:
  explicit BankWorld(const std::string& folder) {
    site_.ticket_keys[ROLE_BANK] = Bytes(kTicketKeySize, 'k');
    site_.operator_public_key = MustHave(OperatorPublicKey(View(OperatorKey())));
    site_.settings.mutable_store()->set_map_bytes(1 << 20);
    bank_ = std::make_unique<Bank>(site_, folder, [this] { return now; });
    calls = std::make_unique<ServiceCalls>(site_);
  }
  ~BankWorld() {
    DrainRole(site_, *bank_);
    calls.reset();
    bank_.reset();
  }

  // Makes a message with a ticket one that bank believes.
  void Complete(FuzzedDataProvider& input, google::protobuf::Message& message) {
    const std::string name = input.PickValueInArray(kNames), submission = input.ConsumeRandomLengthString(1);
    const auto ticket = [&](auto& request, std::string_view method, std::string digest) {
      TicketBody body;
      body.set_member(Member(name));
      body.set_name(name);
      body.set_audience(ROLE_BANK);
      body.set_method(std::string(method));
      body.set_digest(std::move(digest));
      body.set_id(ActId(Member(name), submission));
      body.set_expires_ms(now + kTicketLifetimeMs);
      *request.mutable_ticket() = MakeTicket(site_.ticket_keys[ROLE_BANK], body);
    };
    if (auto* open = dynamic_cast<OpenAccountRequest*>(&message)) {
      ticket(*open, kOpenAccountMethod, OpenAccountDigest());
    } else if (auto* transfer = dynamic_cast<TransferRequest*>(&message)) {
      ticket(*transfer, kTransferMethod, TransferDigest(transfer->recipient(), transfer->zoobars()));
    } else if (auto* spend = dynamic_cast<SpendRequest*>(&message)) {
      ticket(*spend, kSpendMethod, SpendDigest(spend->visitor(), spend->limits()));
    } else if (auto* offer = dynamic_cast<OfferRequest*>(&message)) {
      ticket(*offer, kOfferMethod, OfferDigest(offer->recipient(), offer->zoobars(), offer->days(), offer->note()));
    } else if (auto* settle = dynamic_cast<SettleRequest*>(&message)) {
      ticket(*settle, kSettleMethod, SettleDigest(settle->offer(), settle->end()));
    } else if (auto* close = dynamic_cast<CloseAccountRequest*>(&message)) {
      ticket(*close, kCloseAccountMethod, CloseAccountDigest());
    } else if (auto* operate = dynamic_cast<OperateBankRequest*>(&message)) {
      OperatorAct act;
      MessageBuilder(input, Values()).Fill(act);
      act.set_audience(ROLE_BANK);
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
      made.bytes.emplace_back("lunch \xe2\x82\xac");
      for (const std::uint64_t number : {4, 5, 6, 7, 9, 30, 31, 200, 201, 500, 501, 1000, 1001})
        made.numbers.push_back(number);
      return made;
    }();
    return values;
  }
  void Open(const std::string& name) {
    OpenAccountRequest request;
    FuzzedDataProvider none(nullptr, 0);
    TicketBody body;
    body.set_member(Member(name));
    body.set_name(name);
    body.set_audience(ROLE_BANK);
    body.set_method(std::string(kOpenAccountMethod));
    body.set_digest(OpenAccountDigest());
    body.set_id(ActId("", ""));
    body.set_expires_ms(now + kTicketLifetimeMs);
    *request.mutable_ticket() = MakeTicket(site_.ticket_keys[ROLE_BANK], body);
    const auto reply = calls->Ask<OpenAccountReply>(ROLE_APP, ROLE_BANK, request);
    Require(reply.outcome() == OpenAccountReply::OUTCOME_OPENED, "an account can be opened");
  }
  void CheckMoney(std::uint64_t entries_before) {
    const auto audit = calls->Ask<VerifyReply>(ROLE_ADMIN, ROLE_BANK, VerifyRequest());
    for (const std::string& fault : audit.faults()) std::fprintf(stderr, "fault: %s\n", fault.c_str());
    Require(audit.sound(), "the replay of the journal gives what is stored");
    Require(audit.issued() == audit.held() + audit.offered(), "balances and open offers are what was issued");
    Require(audit.held() >= 0 && audit.offered() >= 0, "nobody owes zoobars");
    Require(audit.entries() >= entries_before, "no entry is lost");
    const auto head = calls->Ask<TreeHeadReply>(ROLE_NOTARY, ROLE_BANK, TreeHeadRequest());
    Require(head.size() == audit.entries() && head.root() == audit.root(), "the tree is the one of the entries");
  }

  std::int64_t now = kNow;
  std::unique_ptr<ServiceCalls> calls;

 private:
  static const Bytes& OperatorKey() {
    static const Bytes key = FreshOperatorKey();
    return key;
  }

  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(OperatorKey())));
  FakeSite site_;
  std::unique_ptr<Bank> bank_;
};

constexpr std::uint64_t kOpened = 3;  // accounts in the store with which each input begins

const std::string& FirstStore(const ScratchFolder& folder) {
  static const std::string store = [&folder] {
    {
      BankWorld world(folder.path());
      for (std::size_t i = 0; i < kOpened; ++i) world.Open(kNames[i]);
    }
    return folder.Read("data.mdb");
  }();
  return store;
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
  const std::string& store = FirstStore(folder);
  folder.PutStore(store);
  SeededRandom::Begin("");
  const int descriptors = OpenDescriptors();
  {
    BankWorld world(folder.path());
    CallChooser chooser(input, BankWorld::Values(), ROLE_BANK);
    const auto complete = [&](google::protobuf::Message& message) { world.Complete(input, message); };
    for (int i = 0; i < 16 && input.remaining_bytes() > 0; ++i) {
      std::vector<ServiceCalls::Call> calls;
      for (int at_once = input.ConsumeIntegralInRange(1, 3); at_once > 0; --at_once)
        calls.push_back(chooser.Choose(complete, nullptr));
      world.calls->Make(std::move(calls));
      world.now += input.PickValueInArray<std::int64_t>(
          {0, 0, 1, 1000, kTicketLifetimeMs, 3'600'000, kDayMs, 31 * kDayMs, -kDayMs});
    }
    world.CheckMoney(kOpened);
    Require(ActiveReaders(folder.Read("lock.mdb")) == 0, "no reader is left over");
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
