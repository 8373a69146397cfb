#include "roles/profile/canary.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "sandbox/interpreter.h"

namespace zoobar {
namespace {

constexpr std::string_view kWell = "the walls stand\n";

// The supervisor is to have seen what the canary tried: a wall that refuses and tells nobody is half a wall.
bool WasReported(const WaitReply& end) {
  return std::any_of(end.denials().begin(), end.denials().end(),
                     [](const WaitReply::Denial& denial) { return denial.call() == "socket"; });
}

// For the log.
std::string Complaint(const Result<RunOutput>& canary) {
  if (!canary.ok()) return canary.error().text;
  if (canary->output == kWell) return "what it tried was not reported";
  if (!canary->output.empty()) return canary->output;
  if (!canary->errors.empty()) return canary->errors;
  return "it was silent: " + WaitReply::End_Name(canary->end.end());
}

}  // namespace

Canary::Canary(Site& site, std::function<void(std::uint32_t)> told)
    : site_(site), told_(std::move(told)), next_(site.loop()) {
  site.Count("canaries", [this] { return sent_; });
  site.Count("canaries.failed", [this] { return failed_; });
  site.Count(std::string(kWallsBrokenCounter), [this] { return std::int64_t{walls_ == Walls::kBroken}; });
}

void Canary::SandboxWired() {
  ++wirings_;
  interpreter_ = 0;
  walls_ = Walls::kUnknown;
  Spawn(Send());
}

void Canary::SandboxLost() { walls_ = Walls::kUnknown; }

void Canary::Seen(std::uint64_t interpreter) {
  if (std::exchange(interpreter_, interpreter) != interpreter) Spawn(Send());
}

Task<bool> Canary::WallsStand(Milliseconds patience) {
  if (walls_ != Walls::kUnknown) co_return walls_ == Walls::kStand;
  const auto judged = std::make_shared<Promised<bool>>();
  waiting_.push_back(judged);
  Timer limit(site_.loop());
  limit.Start(patience, [judged] {
    if (!judged->set()) judged->Set(false);
  });
  Promised<bool>& stand = *judged;
  const bool answer = co_await stand;
  std::erase(waiting_, judged);
  co_return answer;
}

Task<void> Canary::Send() {
  another_ = true;
  if (std::exchange(out_, true)) co_return;
  while (std::exchange(another_, false)) {
    if (!site_.peer(ROLE_SANDBOX).wired()) break;  // one is sent when it is
    ++sent_;
    const std::uint64_t wiring = wirings_;
    Program program;
    program.set_source(kCanary);
    RunTalk::Settings settings;
    settings.limit = kLimit;
    settings.most = kMost;
    settings.files = false;
    settings.answer = [](std::string) -> Task<Result<std::string>> { co_return Error{"the canary asks nothing"}; };
    settings.begun = [this](const BeginReply& begun, auto) {
      interpreter_ = begun.interpreter();
      told_(begun.slots());
    };
    std::optional<RunTalk::Refusal> refused;
    auto running = RunTalk::Run(site_, std::move(program), std::move(settings), refused);
    const Result<RunOutput> canary = co_await running;
    if (wiring == wirings_) Judge(canary, refused);
  }
  out_ = false;
}

Canary::Walls Canary::Read(const Result<RunOutput>& canary, std::optional<RunTalk::Refusal> refused) {
  if (refused == RunTalk::Refusal::kNoWalls) return Walls::kStand;  // none to break: each run is told so
  if (refused == RunTalk::Refusal::kFull) return Walls::kUnknown;
  if (!canary.ok()) return Walls::kBroken;
  const WaitReply& end = canary->end;
  const bool by_others = end.end() == WaitReply::END_ASKED && canary->misbehaved.empty() && !canary->cut;
  // The rest of its time went by while it waited for a slot.
  const auto half = static_cast<std::uint64_t>(std::chrono::microseconds(kLimit).count()) / 2;
  const bool too_late = end.end() == WaitReply::END_TIME && end.given_us() < half;
  if (by_others || too_late) return Walls::kUnknown;
  const bool well = end.end() == WaitReply::END_EXIT && canary->output == kWell && WasReported(end);
  return well ? Walls::kStand : Walls::kBroken;
}

void Canary::Judge(const Result<RunOutput>& canary, std::optional<RunTalk::Refusal> refused) {
  Walls walls = Read(canary, refused);
  // A sandbox that went away under it says nothing about its walls; the next one brings another canary.
  if (!canary.ok() && !site_.peer(ROLE_SANDBOX).wired()) walls = Walls::kUnknown;
  next_.Start(walls == Walls::kStand    ? kEvery
              : walls == Walls::kBroken ? kAfterFailure
                                        : kSoon,
              [this] { Spawn(Send()); });
  if (walls == Walls::kUnknown) return;
  if (walls == Walls::kBroken) {
    ++failed_;
    site_.log().Security("canary-failed",
                         {{"why", Complaint(canary)}, {"instead", "no program is run until it comes back well"}});
  } else if (walls_ != Walls::kStand) {
    const bool none = refused == RunTalk::Refusal::kNoWalls;
    site_.log().Info("canary", {{"says", none ? "there are no walls here" : "the walls stand"}});
  }
  walls_ = walls;
  for (const auto& judged : std::exchange(waiting_, {})) {
    if (!judged->set()) judged->Set(walls == Walls::kStand);
  }
}

}  // namespace zoobar
