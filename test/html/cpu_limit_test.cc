#include "html/cpu_limit.h"

#include <gtest/gtest.h>

#include <ctime>

namespace zoobar {
namespace {

// Uses this much CPU time, no matter how long that takes.
void Burn(std::chrono::milliseconds cpu) {
  const std::clock_t end = std::clock() + cpu.count() * CLOCKS_PER_SEC / 1000;
  while (std::clock() < end) {
  }
}

TEST(CpuLimitDeathTest, AProcessThatDoesNotComeBackEndsAndSaysWhy) {
  EXPECT_EXIT(
      {
        const CpuLimit limit(std::chrono::milliseconds(50));
        for (;;) Burn(std::chrono::milliseconds(10));
      },
      testing::ExitedWithCode(kCpuLimitExit), "CPU limit");
}

TEST(CpuLimitDeathTest, WhatComesBackInTimeIsLeftAlone) {
  EXPECT_EXIT(
      {
        {
          const CpuLimit limit(std::chrono::milliseconds(50));
        }
        Burn(std::chrono::milliseconds(200));
        _exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace zoobar
