#include "site/role.h"

namespace zoobar {
namespace {

constexpr Milliseconds kPatience{1000};  // how long a call waits for a peer that is being restarted

}  // namespace

std::shared_ptr<Channel> Peer::Instance(std::uint32_t instance) const {
  const auto found = channels_.find(instance);
  if (found != channels_.end()) return found->second;
  const auto retired = retired_.find(instance);
  return retired == retired_.end() ? nullptr : retired->second;
}

std::shared_ptr<Channel> Peer::Next() {
  if (channels_.empty()) return nullptr;
  auto next = channels_.upper_bound(last_);
  if (next == channels_.end()) next = channels_.begin();
  last_ = next->first;
  return next->second;
}

Task<std::shared_ptr<Channel>> Peer::Pick() {
  if (std::shared_ptr<Channel> channel = Next()) co_return channel;
  auto wiring = waiting_.Wait(loop_, kPatience);
  co_await wiring;
  co_return Next();
}

Task<Result<Channel::RawReply>> Peer::CallMethod(const Method& method, const google::protobuf::Message& request,
                                                 Bytes secret, std::vector<Fd> fds, std::int64_t deadline) {
  std::shared_ptr<Channel> channel = co_await Pick();
  if (!channel) co_return Error::Of("{} is not running", RoleName(role_)).As(Cause::kGone);
  if (method.repeatable && fds.empty()) {
    Bytes secret_again = secret;
    auto first = channel->CallMethod(method, request, std::move(secret_again), std::vector<Fd>(), deadline);
    Result<Channel::RawReply> reply = co_await first;
    if (reply.ok() || channel->open()) co_return reply;
    channel = co_await Pick();
    if (!channel) co_return reply;
  }
  auto call = channel->CallMethod(method, request, std::move(secret), std::move(fds), deadline);
  co_return co_await call;
}

void Peer::Attach(std::uint32_t instance, std::shared_ptr<Channel> channel) {
  channels_[instance] = std::move(channel);
  waiting_.WakeAll();
}

void Peer::Detach(std::uint32_t instance) {
  const std::shared_ptr<Channel> channel = Instance(instance);
  if (!channel) return;
  // Closes the channel now, although calls in flight still hold it. Otherwise its end would be noticed later and be
  // mistaken for the end of the next channel to the same peer.
  channel->Close();
  channels_.erase(instance);
  retired_.erase(instance);
}

std::size_t Peer::unsent() const {
  std::size_t bytes = 0;
  for (const auto* channels : {&channels_, &retired_}) {
    for (const auto& [instance, channel] : *channels) bytes += channel->unsent();
  }
  return bytes;
}

void Peer::Retire(std::uint32_t instance) {
  if (auto moved = channels_.extract(instance)) retired_.insert(std::move(moved));
}

}  // namespace zoobar
