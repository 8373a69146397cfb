#include "roles/profile/offences.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "roles/profile/fixture.h"

namespace zoobar {
namespace {

const Offences::Of kOne{"one", false}, kTwo{"two", false}, kPreview{"", true};

WaitReply Denied(std::initializer_list<const char*> calls) {
  WaitReply end;
  for (const char* call : calls) {
    auto& denial = *end.add_denials();
    denial.set_call(call);
    denial.set_count(1);
  }
  return end;
}

// One run that was ended for what it tried. Returns the end of the pause that begins, or 0.
std::int64_t Attack(StoredProgram& record, const Offences::Of& of, std::int64_t now) {
  return Offences::Add(record, of, Denied({"fork"}), true, now);
}

TEST(Offences, HalfAreForgottenEveryTenMinutes) {
  StoredProgram record;
  Attack(record, kOne, kProfileNow);
  EXPECT_TRUE(Offences::Now(record, kOne, kProfileNow).slowed);
  EXPECT_TRUE(Offences::Now(record, kOne, kProfileNow - 1).slowed) << "a clock set back forgives nothing";
  EXPECT_FALSE(Offences::Now(record, kOne, kProfileNow + Offences::kHalfLifeMs).slowed);
}

TEST(Offences, ACallThatIsDeniedAtEachVisitCountsOnce) {
  StoredProgram record;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Offences::Add(record, kOne, Denied({"socket"}), false, kProfileNow), 0);
  EXPECT_FALSE(Offences::Now(record, kOne, kProfileNow).slowed);
}

TEST(Offences, WhoTriesOneCallAfterTheOtherIsPaused) {
  StoredProgram record;
  std::int64_t until = 0;
  int calls = 0;
  for (; until == 0 && calls < 100; ++calls)
    until = Offences::Add(record, kOne, Denied({std::to_string(calls).c_str()}), false, kProfileNow);
  EXPECT_EQ(calls, static_cast<int>(Offences::kPaused));
  EXPECT_EQ(until, kProfileNow + Offences::kFirstPauseMs);
}

TEST(Offences, CallsPastThoseThatAreRememberedCountEachTime) {
  StoredProgram record;
  std::int64_t now = kProfileNow;
  for (int i = 0; i < Offences::kCallsKnown; ++i, now += Offences::kHalfLifeMs)
    Offences::Add(record, kOne, Denied({std::to_string(i).c_str()}), false, now);
  for (int i = 0; i < 10; ++i) Offences::Add(record, kOne, Denied({"another"}), false, now);
  EXPECT_TRUE(Offences::Now(record, kOne, now).slowed);
  EXPECT_EQ(record.saved().calls_size(), Offences::kCallsKnown);
}

TEST(Offences, APauseFromAClockThatWasAheadDoesNotLastForMonths) {
  StoredProgram record;
  record.mutable_saved()->set_program(kOne.program);
  record.mutable_saved()->set_paused_until_ms(kProfileNow + Offences::kLongestPauseMs + 60'000);
  EXPECT_NE(Offences::Now(record, kOne, kProfileNow).paused_until_ms, 0);
  record.mutable_saved()->set_paused_until_ms(kProfileNow + 30 * Offences::kLongestPauseMs);
  EXPECT_EQ(Offences::Now(record, kOne, kProfileNow).paused_until_ms, 0);
}

TEST(Offences, CountsFromAClockThatWasFarAheadAreForgotten) {
  StoredProgram record;
  const std::int64_t ahead = kProfileNow + 365 * Offences::kLongestPauseMs;
  for (const Offences::Of& of : {kTwo, kOne}) {
    for (int i = 0; i < 20; ++i) Attack(record, of, ahead);
  }
  const Offences::Of another{"another", false};
  EXPECT_NE(Offences::Now(record, kOne, ahead).paused_until_ms, 0);
  EXPECT_TRUE(Offences::Now(record, another, ahead).for_earlier);
  for (const Offences::Of& of : {kOne, another}) {
    EXPECT_FALSE(Offences::Now(record, of, kProfileNow).slowed);
    EXPECT_EQ(Offences::Now(record, of, kProfileNow).paused_until_ms, 0);
  }
  EXPECT_EQ(Attack(record, kOne, kProfileNow), 0);
  EXPECT_EQ(Offences::Now(record, kOne, kProfileNow).ended_runs, 1u);
}

TEST(Offences, EachPauseOfAProgramIsTwiceAsLongUpToADay) {
  StoredProgram record;
  std::int64_t now = kProfileNow, expected = Offences::kFirstPauseMs;
  for (int i = 0; i < 40; ++i) {
    std::int64_t until = 0;
    while (until == 0) until = Attack(record, kOne, now);
    EXPECT_EQ(until - now, expected) << i;
    EXPECT_EQ(Offences::Now(record, kOne, now).paused_until_ms, until);
    now = until;
    EXPECT_EQ(Offences::Now(record, kOne, now).paused_until_ms, 0);
    expected = std::min(2 * expected, Offences::kLongestPauseMs);
  }
}

TEST(Offences, ANewProgramStartsAnewWithALittleOfWhatTheOldOneDid) {
  StoredProgram record;
  while (Attack(record, kOne, kProfileNow) == 0) continue;
  const Offences::State fresh = Offences::Now(record, kTwo, kProfileNow);
  EXPECT_EQ(fresh.paused_until_ms, 0);
  EXPECT_FALSE(fresh.slowed);
  EXPECT_NE(Offences::Now(record, kOne, kProfileNow).paused_until_ms, 0) << "the old one is still paused";
  while (Attack(record, kTwo, kProfileNow) == 0) continue;
  EXPECT_TRUE(Offences::Now(record, {"three", false}, kProfileNow).slowed) << "after two pauses it starts slowed";
}

// The owner saves a new attack as soon as the last one is paused, or even before that.
TEST(Offences, TheMemoryLeavesFewerRunsToEachNewAttackAndThenNone) {
  for (const int most : {1, 2, 100}) {  // attacks by each program, unless it is paused earlier
    StoredProgram record;
    int runs = 0, programs = 0, before = most;
    for (; programs < 1000; ++programs) {
      const Offences::Of of{std::to_string(programs), false};
      if (Offences::Now(record, of, kProfileNow).paused_until_ms != 0) break;
      int of_this = 1;
      while (Attack(record, of, kProfileNow) == 0 && of_this < most) ++of_this;
      EXPECT_LE(of_this, before) << "never more than the program before";
      before = of_this;
      runs += of_this;
    }
    EXPECT_LT(programs, 1000) << most;
    EXPECT_LE(runs, 29) << most;
    const Offences::State state = Offences::Now(record, {"last", false}, kProfileNow);
    EXPECT_TRUE(state.for_earlier);
    EXPECT_GT(state.paused_until_ms, kProfileNow);
    EXPECT_EQ(Offences::Now(record, {"last", false}, state.paused_until_ms).paused_until_ms, 0) << "it ends then";
    EXPECT_FALSE(Offences::Now(record, {"last", false}, kProfileNow + 10 * Offences::kMemoryHalfLifeMs).slowed);
  }
}

TEST(Offences, PreviewsAndThePageDoNotPauseEachOther) {
  StoredProgram record;
  while (Attack(record, kPreview, kProfileNow) == 0) continue;
  EXPECT_EQ(Offences::Now(record, kOne, kProfileNow).paused_until_ms, 0);
  while (Attack(record, kOne, kProfileNow) == 0) continue;
  Offences::Clear(record);
  while (Attack(record, kOne, kProfileNow) == 0) continue;
  EXPECT_EQ(Offences::Now(record, kPreview, kProfileNow).paused_until_ms, 0);
}

// Visitors may have a way to make a program do what it is ended for. They do it slowly, for days, so that the program is
// not paused.
TEST(Offences, WhatOneProgramDidDoesNotSlowTheRepairedOneHoweverLongItWentOn) {
  StoredProgram record;
  std::int64_t now = kProfileNow;
  for (int i = 0; i < 1000; ++i, now += Offences::kHalfLifeMs) EXPECT_EQ(Attack(record, kOne, now), 0) << i;
  EXPECT_FALSE(Offences::Now(record, kTwo, now).slowed);
}

TEST(Offences, PreviewsDoNotCountAgainstWhatIsSavedLater) {
  StoredProgram record;
  for (int i = 0; i < 1000; ++i) Attack(record, kPreview, kProfileNow + i * Offences::kHalfLifeMs);
  const Offences::State saved = Offences::Now(record, kOne, kProfileNow + 1000 * Offences::kHalfLifeMs);
  EXPECT_FALSE(saved.slowed);
  EXPECT_EQ(saved.paused_until_ms, 0);
}

TEST(Offences, ANewProgramThatStartsSlowedIsToldWhy) {
  StoredProgram record;
  for (const Offences::Of& of : {kOne, kTwo}) {
    while (Attack(record, of, kProfileNow) == 0) continue;
  }
  const Offences::State state = Offences::Now(record, {"three", false}, kProfileNow);
  EXPECT_TRUE(state.slowed);
  EXPECT_TRUE(state.for_earlier);
  EXPECT_EQ(state.paused_until_ms, 0);
}

TEST(Offences, WhatAPauseIsForIsToldByNumber) {
  StoredProgram record;
  std::int64_t until = 0;
  while (until == 0) until = Attack(record, kOne, kProfileNow);
  EXPECT_EQ(Offences::Now(record, kOne, kProfileNow).ended_runs, 4u);
  Attack(record, kOne, until);
  EXPECT_EQ(Offences::Now(record, kOne, until).ended_runs, 1u) << "counted anew after the pause";
}

}  // namespace
}  // namespace zoobar
