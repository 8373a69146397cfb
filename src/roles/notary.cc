#include "roles/notary.h"

#include <utility>

#include "ipc/try.h"
#include "site/store_counters.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "the signing key and the last signed head"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment notary"},
    {Calls::kThreads, "the store's writer"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

constexpr Milliseconds kFirst{1000};    // after the start: bank may not be ready yet
constexpr std::int64_t kPauseMs = 200;  // between two signings
constexpr int kMostProof = 64;

journal::SigningKey KeyIn(HeadStore& store) {
  HeadStore::Key key = MustHave(store.TakeKey());
  return journal::SigningKey(std::move(key.name), key.seed);
}

journal::Hash RootIn(const StoredHead& head) {
  if (head.size() == 0) return journal::Sha256({});
  const std::optional<journal::Hash> root = journal::Hash::Of(head.root());
  if (!root) Die("notary: the root of the last head is damaged");
  return *root;
}

Milliseconds PeriodIn(const Config& config) { return std::chrono::seconds(config.notary().sign_seconds()); }

}  // namespace

Notary::Notary(Site& site, std::string folder, std::function<std::int64_t()> clock)
    : site_(site),
      clock_(std::move(clock)),
      store_(MustHave(HeadStore::Open(site.loop(), std::move(folder), site.config().store()))),
      key_(KeyIn(*store_)),
      last_(MustHave(store_->Last())),
      last_root_(RootIn(last_)),
      period_(PeriodIn(site.config())),
      timer_(site.loop()) {
  site.service().Handle(&Notary::Checkpoint, this);
  site.Count("heads.signed", [this] { return signed_; });
  site.Count("heads.refused", [this] { return refused_; });
  site.Count("journal.signed-entries", [this] { return static_cast<std::int64_t>(last_.size()); });
  CountStore(site, store_->environment());
  SignLater(std::min(kFirst, period_));
}

void Notary::Reload(const Config& config) {
  period_ = PeriodIn(config);
  SignLater(std::min(kFirst, period_));
}

void Notary::Drain(std::function<void()> done) {
  timer_.Stop();
  in_flight_.Drain(std::move(done));
}

void Notary::SignLater(Milliseconds delay) {
  timer_.Start(delay, [this] {
    if (in_flight_.draining()) return;
    Spawn(SignOnce());
    SignLater(period_);
  });
}

Task<Result<Outgoing<CheckpointReply>>> Notary::Checkpoint(Incoming<CheckpointRequest> call) {
  const InFlight::Call counted(in_flight_);
  // The first round may wait for a signing that began before the caller's entry was in the journal; the second does not.
  for (int round = 0; round < 2 && last_.size() < call.message.at_least(); ++round) {
    auto signing = SignOnce();
    co_await signing;
  }
  CheckpointReply reply;
  reply.set_key(key_.open().Text());
  reply.set_checkpoint(last_.checkpoint());
  reply.set_size(last_.size());
  co_return reply;
}

Task<void> Notary::SignOnce() {
  if (signing_) {
    const auto waiter = std::make_shared<Promised<bool>>();
    waiting_.push_back(waiter);
    Promised<bool>& ended = *waiter;
    co_await ended;
    co_return;
  }
  const InFlight::Call counted(in_flight_);
  signing_ = true;
  const std::int64_t pause = kPauseMs - (MonotonicMicros() - signed_at_us_) / 1000;
  if (signed_at_us_ != 0 && pause > 0) {
    auto rest = Sleep(site_.loop(), Milliseconds(pause));
    co_await rest;
  }
  auto signing = SignPresent();
  co_await signing;
  signed_at_us_ = MonotonicMicros();
  signing_ = false;
  for (const auto& waiter : std::exchange(waiting_, {})) waiter->Set(true);
}

Task<void> Notary::SignPresent() {
  TreeHeadRequest ask;
  ask.set_old_size(last_.size());
  auto asked = site_.peer(ROLE_BANK).Call<TreeHeadReply>(ask);
  const Result<Incoming<TreeHeadReply>> answer = co_await asked;
  if (!answer.ok()) {
    site_.log().Warning("journal-not-read", {{"why", answer.error().text}});
    co_return;
  }
  const TreeHeadReply& reply = answer->message;
  const Status continues = Continues(reply);
  if (!continues.ok()) {
    ++refused_;
    site_.log().Security("journal-fork", {{"why", continues.error().text},
                                          {"size", std::to_string(reply.size())},
                                          {"root", ToHex(reply.root().substr(0, journal::kHashBytes))},
                                          {"signed_size", std::to_string(last_.size())},
                                          {"signed_root", ToHex(last_root_.view())}});
    co_return;
  }
  if (reply.size() == last_.size()) co_return;
  auto signing = Sign(reply.size(), *journal::Hash::Of(reply.root()));
  const Status done = co_await signing;
  if (!done.ok()) site_.log().Failure("journal-head-not-kept", {{"why", done.error().text}});
}

Status Notary::Continues(const TreeHeadReply& reply) const {
  const std::optional<journal::Hash> root = journal::Hash::Of(reply.root());
  if (!root || reply.proof_size() > kMostProof) return Error{"bank gave no root and proof"};
  std::vector<journal::Hash> proof;
  proof.reserve(kMostProof);
  for (const std::string& each : reply.proof()) {
    const std::optional<journal::Hash> hash = journal::Hash::Of(each);
    if (!hash) return Error{"a hash of bank's proof has a wrong size"};
    proof.push_back(*hash);
  }
  return journal::CheckConsistency(last_.size(), last_root_, reply.size(), *root, proof);
}

// The head is kept before anybody gets the signature. So after a restart notary knows everything that it has signed.
Task<Status> Notary::Sign(std::uint64_t size, journal::Hash root) {
  StoredHead head;
  head.set_size(size);
  head.set_root(root.text());
  head.set_time_s(clock_() / 1000);
  head.set_checkpoint(key_.Sign(size, root, head.time_s()));
  CO_TRY_STATUS(store_->Put(head));
  last_ = std::move(head);
  last_root_ = root;
  ++signed_;
  const std::string_view text = last_.checkpoint();
  const std::size_t blank = text.rfind(' ');
  site_.log().Info("journal-head", {{"size", std::to_string(size)},
                                    {"root", ToHex(root.view())},
                                    {"time", std::to_string(last_.time_s())},
                                    {"signature", text.substr(blank + 1, text.size() - blank - 2)},
                                    {"key", ToHex(key_.open().id())},
                                    {"journal", key_.open().name()}});
  co_return Status();
}

const RoleSpec kNotaryRole = {
    .role = ROLE_NOTARY,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<Notary>(site, site.folder(Folder::kStore));
    },
};

}  // namespace zoobar
