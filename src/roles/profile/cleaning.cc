#include "roles/profile/cleaning.h"

#include <algorithm>
#include <utility>

#include "ipc/try.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMostInstances = 8;      // the configuration allows no more
constexpr std::size_t kBytesOfUnit = 8192;       // a document's cost grows by one unit for each of these
constexpr Milliseconds kUnitTakes{2};            // assumed time for a unit, until documents have been measured
constexpr Milliseconds kLight{50};               // light members used less lately. Most documents of 64 KiB need less
constexpr std::int64_t kForTheRestUs = 500'000;  // the part of the caller's time that is kept for storing and answering

}  // namespace

FairQueue::Limits Cleaning::SharesOf(std::size_t instances) {
  FairQueue::Limits shares;
  shares.slots = instances;
  shares.slots_per_principal = 1;
  shares.slots_per_lane = 1;
  shares.reserved = instances > 1 ? 1 : 0;
  shares.light = kLight;
  shares.waiting = 256;
  shares.waiting_per_principal = 8;
  shares.waiting_per_lane = 32;
  shares.short_first = true;
  return shares;
}

Cleaning::Cleaning(Site& site) : site_(site), queue_(site.loop(), SharesOf(1), kUnitTakes) {}

std::int64_t Cleaning::DeadlineFor(std::int64_t caller_deadline) {
  const std::int64_t patience = MonotonicMicros() + std::chrono::microseconds(kPatience).count();
  return std::min(patience, caller_deadline - kForTheRestUs);
}

// Counts the sanitizer's instances, because they come and go. The queue then grants as many turns at once as there are
// instances.
void Cleaning::CountInstances() {
  std::size_t wired = 0;
  for (std::uint32_t i = 0; i < kMostInstances; ++i) wired += site_.peer(ROLE_SANITIZER).Instance(i) ? 1 : 0;
  wired = std::max<std::size_t>(1, wired);
  if (wired == instances_) return;
  instances_ = wired;
  queue_.SetLimits(SharesOf(instances_));
}

Task<Cleaning::Answer> Cleaning::Clean(Document document) {
  const std::string hash = TextHash(document.html) + (document.output ? "output" : "html");
  CountInstances();
  if (const auto same = underway_.find(hash); same != underway_.end()) {
    auto joining = Join(same->second);
    Answer joined = co_await joining;
    if (joined.answered) co_return joined;
  }
  FairQueue::Ask ask;
  ask.principal = MemberPrincipal(document.member);
  ask.lane = document.maker;
  ask.deadline = document.deadline;
  ask.cost = 1 + static_cast<double>(document.html.size() / kBytesOfUnit);
  auto waiting = queue_.Wait(std::move(ask));
  FairQueue::Turn turn = co_await waiting;
  if (!turn.granted()) {
    Answer busy;
    busy.retry_after_s = static_cast<std::uint32_t>(turn.retry_after_s());
    co_return busy;
  }
  if (const auto same = underway_.find(hash); same != underway_.end()) {
    turn.Cancel();
    auto joining = Join(same->second);
    co_return co_await joining;
  }
  const auto underway = std::make_shared<Underway>();
  underway_.emplace(hash, underway);
  auto asking = AskSanitizer(std::move(document));
  underway->answer = co_await asking;
  underway_.erase(hash);
  turn.End();
  for (const auto& follower : underway->followers) follower->Set(true);
  co_return underway->answer;
}

Task<Cleaning::Answer> Cleaning::Join(std::shared_ptr<Underway> underway) {
  ++joined_;
  const auto done = std::make_shared<Promised<bool>>();
  underway->followers.push_back(done);
  Promised<bool>& answered = *done;
  co_await answered;
  co_return underway->answer;
}

Task<Cleaning::Answer> Cleaning::AskSanitizer(Document document) {
  CleanRequest request;
  request.set_html(std::move(document.html));
  request.set_output(document.output);
  auto asking = AskInstance(std::move(request), document.deadline);
  Result<CleanReply> reply = co_await asking;
  Answer answer;
  answer.answered = reply.ok();
  if (reply.ok()) {
    answer.reply = std::move(*reply);
  } else {
    site_.log().Warning("not-cleaned", {{"why", reply.error().text}});
    answer.retry_after_s = kRetryAfterS;
  }
  co_return answer;
}

// Asks a free instance. If the instance ends before it answers, no other instance is asked, because the document may be
// the reason why it ended.
Task<Result<CleanReply>> Cleaning::AskInstance(CleanRequest request, std::int64_t deadline) {
  for (std::uint32_t i = 0; i < kMostInstances; ++i) {
    const std::shared_ptr<Channel> channel = site_.peer(ROLE_SANITIZER).Instance(i);
    if (!channel || busy_.contains(i)) continue;
    busy_.insert(i);
    auto cleaning = channel->Call<CleanReply>(std::move(request), {}, std::vector<Fd>(), deadline);
    Result<Incoming<CleanReply>> reply = co_await cleaning;
    busy_.erase(i);
    if (!reply.ok()) co_return reply.error();
    co_return std::move(reply->message);
  }
  // No instance is free, because one is being restarted. The call waits until it is back.
  CO_TRY(Incoming<CleanReply> reply,
         site_.peer(ROLE_SANITIZER).Call<CleanReply>(std::move(request), {}, std::vector<Fd>(), deadline));
  co_return std::move(reply.message);
}

}  // namespace zoobar
