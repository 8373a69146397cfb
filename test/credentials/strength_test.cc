#include "credentials/strength.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "credentials/cpu_time.h"
#include "credentials/memory_scan.h"

namespace zoobar {
namespace {

int Score(std::string_view password, std::string_view name = {}) { return EstimateStrength(password, name).score; }

TEST(Strength, WhatEverybodyTriesFirstScoresNothing) {
  for (const char* password : {"", "a", "password", "Password1", "12345678", "letmein123", "zxcvbn", "aaaaaaaaaaaa"}) {
    EXPECT_EQ(Score(password), 0) << password;
  }
}

TEST(Strength, WhatNobodyGuessesScoresFour) {
  EXPECT_EQ(Score("V9#kd02Lmq!x"), 4);
  EXPECT_EQ(Score("correct horse battery staple"), 4);
}

TEST(Strength, ScoresFollowTheGuesses) {
  const double thresholds[] = {3, 6, 8, 10};
  for (const char* password :
       {"password", "qwertyuiop", "kiwi9moon", "xkcd19", "q7vz", "q7vzp", "q7vzp0", "q7vzp0kd"}) {
    const PasswordStrength strength = EstimateStrength(password, {});
    EXPECT_GE(strength.log10_guesses, 0);
    EXPECT_EQ(strength.score, std::ranges::count_if(thresholds, [&](double t) { return strength.log10_guesses >= t; }))
        << password;
  }
}

TEST(Strength, TheMembersNameAndTheSitesAreNoPasswords) {
  EXPECT_GE(Score("vlodrimaxe"), 3);
  EXPECT_EQ(Score("vlodrimaxe", "vlodrimaxe"), 0);
  EXPECT_EQ(Score("vlodrimaxe", "Vlodrimaxe"), 0);
  EXPECT_EQ(Score("Vlodrimaxe", "vlodrimaxe"), 0);
  EXPECT_EQ(Score("examirdolv", "vlodrimaxe"), 0);
  EXPECT_LE(Score("vl0drimax3", "vlodrimaxe"), 1);
  EXPECT_EQ(Score("zoobar"), 0);
  EXPECT_LE(Score("zoobar12"), 1);
}

TEST(Strength, AnyBytesAreTaken) {
  EXPECT_EQ(Score(std::string(40, '\0')), 0);
  EXPECT_EQ(Score(std::string_view("\0V9#kd02Lmq!x", 13)), 4);  // a NUL does not end the text
  EXPECT_GE(Score("пароль никто не знает"), 1);
  EXPECT_GE(Score(std::string(24, '\xff') + "x", std::string(100'000, 'x')), 0);
}

TEST(Strength, OnlyTheBeginningIsLookedAt) {
  const std::string start = "abcdefghijklmnopqrstuvwx";
  ASSERT_EQ(start.size(), kStrengthBytes);
  EXPECT_EQ(EstimateStrength(start, {}).log10_guesses, EstimateStrength(start + "V9#kd02Lmq!x", {}).log10_guesses);
}

TEST(Strength, TheWorstTextsTakeNoNoticeableTime) {
  for (const char* unit : {"21", "12", "9*", "41", "78", "87", "54", "a", "@", "p4$$w0rd", "1.1.2001"}) {
    std::string text;
    while (text.size() < 4096) text += unit;
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double began = CpuMillis();
      (void)EstimateStrength(text, text);
      best = std::min(best, CpuMillis() - began);
    }
    // Takes 4 ms. Without the bound it would take 2 s.
    EXPECT_LT(best, 200) << unit;
  }
}

TEST(Strength, ThreadsMayAskAtOnce) {
  const double expected = EstimateStrength("Troub4dor&3 is old", "alice").log10_guesses;
  std::vector<std::thread> threads;
  std::vector<double> found(4, -1);
  for (double& each : found) {
    threads.emplace_back([&each] {
      for (int i = 0; i < 50; ++i) each = EstimateStrength("Troub4dor&3 is old", "alice").log10_guesses;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(found, testing::Each(expected));
}

TEST(Strength, NothingOfThePasswordIsLeftInMemory) {
  const HiddenText text;
  {
    (void)EstimateStrength(View(text.Reveal()), "alice");
  }
  EXPECT_THAT(FindInMemory("self", text), testing::IsEmpty());
}

}  // namespace
}  // namespace zoobar
