#include "roles/profile/offences.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace zoobar {
namespace {

constexpr std::size_t kCallBytes = 64;  // the name of a call that is longer is cut; the sandbox sends no such name

// Whether the time was written when the clock was wrong. Clocks may also step back a little.
bool FarAhead(std::int64_t time_ms, std::int64_t now_ms) { return time_ms > now_ms + 2 * Offences::kLongestPauseMs; }

// Returns what is left of a count after the time since `then_ms`. A clock that was set back a little forgets nothing. If
// the clock was far ahead, nobody knows how much time has passed, and the count would stay as it is until that time comes.
double Left(double count, std::int64_t then_ms, std::int64_t now_ms, std::int64_t half_life_ms) {
  if (FarAhead(then_ms, now_ms)) return 0;
  const double halves =
      static_cast<double>(std::max<std::int64_t>(0, now_ms - then_ms)) / static_cast<double>(half_life_ms);
  return count * std::exp2(-halves);
}

double Remembered(const StoredProgram& record, std::int64_t now_ms) {
  return Left(record.remembered(), record.remembered_ms(), now_ms, Offences::kMemoryHalfLifeMs);
}

double Count(const StoredOffences& one, std::int64_t now_ms) {
  return Left(one.count(), one.count_ms(), now_ms, Offences::kHalfLifeMs);
}

bool IsNew(const StoredProgram& record, const Offences::Of& of) {
  return !of.preview && record.saved().program() != of.program;
}

// Returns the part of the sum that counts against a program that is new.
double StartsWith(const StoredProgram& record, std::int64_t now_ms) {
  return Remembered(record, now_ms) * Offences::kOfMemory;
}

// Adds the calls of the run that have not counted yet, and returns how many they are.
int AddCalls(StoredOffences& one, const WaitReply& end) {
  int added = 0;
  for (const auto& denial : end.denials()) {
    const std::string call = denial.call().substr(0, kCallBytes);
    if (std::find(one.calls().begin(), one.calls().end(), call) != one.calls().end()) continue;
    ++added;
    if (one.calls_size() < Offences::kCallsKnown) one.add_calls(call);
  }
  return added;
}

// To be called when the count has reached kPaused. The count is set to half of kPaused, so that a program that goes on
// after the pause is paused again soon.
void BeginPause(StoredOffences& one, std::int64_t now_ms) {
  const std::uint32_t doublings = std::min(one.pauses(), 16u);
  const std::int64_t length = std::min(Offences::kFirstPauseMs << doublings, Offences::kLongestPauseMs);
  one.set_paused_until_ms(now_ms + length);
  one.set_pauses(one.pauses() + 1);
  one.set_count(Offences::kPaused / 2);
}

}  // namespace

Offences::State Offences::Now(const StoredProgram& record, const Of& of, std::int64_t now_ms) {
  State state;
  if (IsNew(record, of)) {
    const double starts = StartsWith(record, now_ms);
    state.slowed = state.for_earlier = starts >= kSlowed;
    if (starts < kPaused) return state;
    const double days = std::log2(starts / kPaused);
    state.paused_until_ms = now_ms + 1 + static_cast<std::int64_t>(days * static_cast<double>(kMemoryHalfLifeMs));
    return state;
  }
  const StoredOffences& one = of.preview ? record.previews() : record.saved();
  state.slowed = Count(one, now_ms) >= kSlowed;
  const bool pauses = one.paused_until_ms() > now_ms && !FarAhead(one.paused_until_ms(), now_ms);
  if (pauses) state.paused_until_ms = one.paused_until_ms();
  state.ended_runs = one.ended_runs();
  return state;
}

std::int64_t Offences::Add(StoredProgram& record, const Of& of, const WaitReply& end, bool ended, std::int64_t now_ms) {
  const double remembered = Remembered(record, now_ms);
  if (IsNew(record, of)) {
    StoredOffences fresh;
    fresh.set_program(of.program);
    fresh.set_count(StartsWith(record, now_ms));
    fresh.set_count_ms(now_ms);
    *record.mutable_saved() = std::move(fresh);
  }
  StoredOffences& one = of.preview ? *record.mutable_previews() : *record.mutable_saved();
  if (one.paused_until_ms() != 0 && (one.paused_until_ms() <= now_ms || FarAhead(one.paused_until_ms(), now_ms))) {
    one.set_paused_until_ms(0);
    one.set_ended_runs(0);
  }
  const double offence = kOfNewCall * AddCalls(one, end) + (ended ? kOfEndedRun : 0);
  one.set_count(Count(one, now_ms) + offence);
  one.set_count_ms(now_ms);
  one.set_ended_runs(one.ended_runs() + (ended ? 1 : 0));
  if (!of.preview) {
    const double adds = std::min(offence, std::max(0.0, kOfOneProgram - one.remembered()));
    one.set_remembered(one.remembered() + adds);
    record.set_remembered(remembered + adds);
    record.set_remembered_ms(now_ms);
  }
  if (one.count() < kPaused) return 0;
  BeginPause(one, now_ms);
  return one.paused_until_ms();
}

void Offences::Clear(StoredProgram& record) {
  record.clear_saved();
  record.clear_previews();
  record.clear_remembered();
  record.clear_remembered_ms();
}

}  // namespace zoobar
