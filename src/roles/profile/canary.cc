#include "roles/profile/canary.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "sandbox/interpreter.h"

namespace zoobar {
namespace {

constexpr std::string_view kWell = "the walls stand\n";

// Returns whether the supervisor reported what the canary tried. A wall must not only refuse a call but also report it.
bool WasReported(const WaitReply& end) {
  return std::any_of(end.denials().begin(), end.denials().end(),
                     [](const WaitReply::Denial& denial) { return denial.call() == "socket"; });
}

// Returns the reason why the canary failed, for the log.
std::string Complaint(const Result<RunOutput>& canary) {
  if (!canary.ok()) return canary.error().text;
  if (canary->output == kWell) return "what it tried was not reported";
  if (!canary->output.empty()) return canary->output;
  if (!canary->errors.empty()) return canary->errors;
  return "it was silent: " + WaitReply::End_Name(canary->end.end());
}

}  // namespace

Canary::Canary(Site& site, std::function<void(std::uint32_t)> slots_told)
    : site_(site), slots_told_(std::move(slots_told)), next_(site.loop()) {
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
  auto knowing = waiting_.Wait(site_.loop(), patience);
  co_return co_await knowing&& walls_ == Walls::kStand;
}

Task<void> Canary::Send() {
  another_ = true;
  if (std::exchange(out_, true)) co_return;
  while (std::exchange(another_, false)) {
    if (!site_.peer(ROLE_SANDBOX).wired()) break;  // SandboxWired sends a canary later
    ++sent_;
    const std::uint64_t wiring = wirings_;
    Program program;
    program.set_source(kCanary);
    RunClient::Settings settings;
    settings.limit = kLimit;
    settings.most = kMost;
    settings.files = false;
    settings.answer = [](std::string) -> Task<Result<std::string>> { co_return Error{"the canary asks nothing"}; };
    settings.begun = [this](const BeginReply& begun, auto) {
      interpreter_ = begun.interpreter();
      slots_told_(begun.slots());
    };
    std::optional<RunClient::Refusal> refused;
    auto running = RunClient::Execute(site_, std::move(program), std::move(settings), refused);
    const Result<RunOutput> canary = co_await running;
    if (wiring == wirings_) TakeResult(canary, refused);
  }
  out_ = false;
}

Canary::Walls Canary::WallsAfter(const Result<RunOutput>& canary, std::optional<RunClient::Refusal> refused) {
  if (refused == RunClient::Refusal::kNoWalls) return Walls::kStand;  // no run can begin, so no run can lack a wall
  if (refused == RunClient::Refusal::kFull) return Walls::kUnknown;
  // profile itself has too many descriptors, which says nothing about the walls.
  if (!canary.ok() && canary.error().cause == Cause::kUnreceived) return Walls::kUnknown;
  if (!canary.ok()) return Walls::kBroken;
  const WaitReply& end = canary->end;
  const bool by_others = end.end() == WaitReply::END_ASKED && canary->misbehaved.empty() && !canary->cut;
  // If the canary ran for less than half of its time, it spent the rest waiting for a slot.
  const auto half = static_cast<std::uint64_t>(std::chrono::microseconds(kLimit).count()) / 2;
  const bool too_late = end.end() == WaitReply::END_TIME && end.given_us() < half;
  if (by_others || too_late) return Walls::kUnknown;
  const bool well = end.end() == WaitReply::END_EXIT && canary->output == kWell && WasReported(end);
  return well ? Walls::kStand : Walls::kBroken;
}

void Canary::TakeResult(const Result<RunOutput>& canary, std::optional<RunClient::Refusal> refused) {
  Walls walls = WallsAfter(canary, refused);
  // The sandbox went away during the run, which says nothing about its walls. The next sandbox gets another canary.
  if (!canary.ok() && !site_.peer(ROLE_SANDBOX).wired()) walls = Walls::kUnknown;
  next_.Start(walls == Walls::kStand    ? kEvery
              : walls == Walls::kBroken ? kAfterFailure
                                        : kSoon,
              [this] { Spawn(Send()); });
  if (walls == Walls::kUnknown) return;
  if (walls == Walls::kBroken) {
    ++failed_;
    site_.log().Security("canary-failed",
                         {{"why", Complaint(canary)}, {"instead", "no program runs until a canary succeeds"}});
  } else if (walls_ != Walls::kStand) {
    const bool none = refused == RunClient::Refusal::kNoWalls;
    site_.log().Info("canary", {{"says", none ? "there are no walls here" : "the walls stand"}});
  }
  walls_ = walls;
  waiting_.WakeAll();
}

}  // namespace zoobar
