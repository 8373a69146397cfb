#include "roles/edge/signatures.h"

#include <openssl/async.h>

#include "keys.pb.h"

namespace zoobar {

Signatures::Signatures(Site& site, std::function<void()> on_unknown_key)
    : site_(site),
      on_unknown_key_(std::move(on_unknown_key)),
      queue_(site.loop(), {.slots = kAtOnce,
                           .slots_per_principal = kAtOnceOfOne,
                           .slots_per_lane = kAtOnce,
                           .waiting = kWaiting,
                           .waiting_per_principal = kWaitingOfOne}) {}

std::optional<std::string> Signatures::Sign(std::string_view key_id, std::uint16_t scheme, std::string_view content) {
  if (!current_ || !ASYNC_get_current_job()) return std::nullopt;
  Wish& wish = *current_;  // the job has a stack of its own, so this is still known when the job goes on
  wish.key_id_ = key_id;
  wish.scheme_ = scheme;
  wish.content_ = content;
  wish.state_ = Wish::State::kAsked;
  while (wish.state_ == Wish::State::kAsked) ASYNC_pause_job();
  wish.state_ = Wish::State::kNone;
  return std::move(wish.signature_);
}

Task<std::optional<std::string>> Signatures::Fetch(const Wish& wish, IpAddress address, std::int64_t deadline,
                                                   std::function<bool()> gone) {
  const std::weak_ptr<bool> alive = alive_;
  SignRequest request;
  request.set_key_id(wish.key_id_);
  request.set_scheme(wish.scheme_);
  request.set_content(wish.content_);
  FairQueue::Ask ask;
  ask.principal = AddressPrincipal(address.Text());
  ask.deadline = deadline;
  ask.gone = std::move(gone);
  auto waiting = queue_.Wait(std::move(ask));
  FairQueue::Turn turn = co_await waiting;
  if (alive.expired()) co_return std::nullopt;
  if (!turn.granted()) {
    ++failed_;
    co_return std::nullopt;
  }
  auto call = site_.peer(ROLE_KEYS).Call<SignReply>(std::move(request), {}, {}, deadline);
  Result<Incoming<SignReply>> reply = co_await call;
  turn.End();
  if (alive.expired()) co_return std::nullopt;
  if (!reply.ok() || reply->message.refusal() != SignReply::REFUSAL_NONE) {
    ++failed_;
    if (reply.ok()) on_unknown_key_();
    co_return std::nullopt;
  }
  std::optional<std::string> signature = std::move(*reply->message.mutable_signature());
  co_return signature;
}

}  // namespace zoobar
