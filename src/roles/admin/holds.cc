#include "roles/admin/holds.h"

#include <utility>

#include "health.pb.h"
#include "roles/admin/round.h"

namespace zoobar {

// The state of one Hold or Release. It collects the replies of all roles as they arrive.
struct StoreHolds::HoldRound : Round {
  HoldStoresReply stores;
  std::vector<Held> held;
  bool unbroken = true;
};

Task<void> StoreHolds::AskToHold(std::shared_ptr<HoldRound> round, Role role, std::shared_ptr<Channel> channel) {
  HoldStoreRequest request;
  auto call = channel->Call<HoldStoreReply>(request);
  const Result<Incoming<HoldStoreReply>> reply = co_await call;
  if (reply.ok()) {
    HoldStoresReply::Store& store = *round->stores.add_stores();
    store.set_role(std::string(RoleName(role)));
    store.set_held(reply->message.hold() != 0);
    if (store.held()) round->held.push_back({std::move(channel), reply->message.hold()});
  }
  round->End();
}

Task<void> StoreHolds::AskToRelease(std::shared_ptr<HoldRound> round, Held held) {
  ReleaseStoreRequest request;
  request.set_hold(held.hold);
  auto call = held.channel->Call<ReleaseStoreReply>(request);
  const Result<Incoming<ReleaseStoreReply>> reply = co_await call;
  round->unbroken = round->unbroken && reply.ok() && reply->message.unbroken();
  round->End();
}

Task<Result<HoldStoresReply>> StoreHolds::Hold(const Roster& roster, Caller caller) {
  const std::int64_t now = MonotonicMicros();
  const auto round = std::make_shared<HoldRound>();
  if (owner_ && now - since_ < std::chrono::microseconds(kLongest).count()) {
    round->stores.set_busy(true);
    co_return std::move(round->stores);
  }
  owner_ = caller.instance;
  since_ = now;
  held_.clear();
  for (const Roster::Entry& entry : roster.entries()) {
    if (!entry.has_store()) continue;
    std::shared_ptr<Channel> channel = site_.peer(entry.role()).Instance(entry.instance());
    if (!channel) continue;
    ++round->pending;
    Spawn(AskToHold(round, entry.role(), std::move(channel)));
  }
  Promised<bool>& complete = round->complete;
  if (--round->pending > 0) co_await complete;
  if (owner_ == caller.instance && since_ == now) {
    held_ = std::move(round->held);
  } else {  // the connection has ended meanwhile, or another one has taken over
    AskAllToRelease(std::make_shared<HoldRound>(), std::move(round->held));
  }
  co_return std::move(round->stores);
}

void StoreHolds::AskAllToRelease(const std::shared_ptr<HoldRound>& round, std::vector<Held> held) {
  for (Held& each : held) {
    ++round->pending;
    Spawn(AskToRelease(round, std::move(each)));
  }
}

void StoreHolds::Ended(Caller caller) {
  if (owner_ != caller.instance) return;
  owner_.reset();
  AskAllToRelease(std::make_shared<HoldRound>(), std::exchange(held_, {}));
}

Task<Result<ReleaseStoresReply>> StoreHolds::Release(Caller caller) {
  const auto round = std::make_shared<HoldRound>();
  if (owner_ != caller.instance) co_return ReleaseStoresReply();
  std::vector<Held> held = std::exchange(held_, {});
  round->unbroken = !held.empty();
  AskAllToRelease(round, std::move(held));
  Promised<bool>& complete = round->complete;
  if (--round->pending > 0) co_await complete;
  if (owner_ == caller.instance) owner_.reset();
  ReleaseStoresReply reply;
  reply.set_unbroken(round->unbroken);
  co_return reply;
}

}  // namespace zoobar
