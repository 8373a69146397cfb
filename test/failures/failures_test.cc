// Every n-th failure: for each role and each kind of call, the n-th call of a round fails, alone or with all later ones.
// The role must answer each call, with an Error if need be, or die with a line that says why. It must never corrupt, lose
// or double what it has acknowledged, and never hang. SQLite is tested in this way (sqlite.org/testing.html, 3).
//
// By itself each test takes only some of the n, from a seed that it prints. tools/every-failure takes all of them.
// Environment: ZOOBAR_FAILURES=all; ZOOBAR_FAILURES_KIND=write; ZOOBAR_FAILURES_N=17; ZOOBAR_FAILURES_MODE=once|lasting;
// ZOOBAR_SEED=1.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "failures/scenarios.h"

namespace zoobar::failures {
namespace {

constexpr std::uint64_t kRoundsOfAKind = 2;  // in CI, for each mode
constexpr int kMostFaults = 10;              // that CI looks for in one scenario

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

// Which of the calls fail.
struct Choice {
  bool all = false;
  std::uint64_t only = 0;  // not 0: this n alone
  std::optional<Kind> kind;
  std::string mode;  // empty: both
  std::uint64_t seed = 0;

  static Choice FromEnvironment() {
    Choice choice;
    choice.all = Variable("ZOOBAR_FAILURES") == "all";
    choice.only = std::strtoull(Variable("ZOOBAR_FAILURES_N").c_str(), nullptr, 10);
    if (const std::string kind = Variable("ZOOBAR_FAILURES_KIND"); !kind.empty()) {
      choice.kind = KindNamed(kind);
      EXPECT_TRUE(choice.kind) << "there is no kind " << kind;
    }
    choice.mode = Variable("ZOOBAR_FAILURES_MODE");
    const std::string seed = Variable("ZOOBAR_SEED");
    choice.seed = seed.empty() ? std::random_device()() : std::strtoull(seed.c_str(), nullptr, 10);
    return choice;
  }
};

class EveryFailure : public testing::TestWithParam<Named> {
 protected:
  // One round. Returns whether its failure was reached.
  bool RunOne(Kind kind, std::uint64_t nth, bool lasting) {
    const Outcome outcome = rounds_.Run(kind, nth, lasting);
    ++run_;
    if (outcome.died) ++died_;
    if (!outcome.fault.empty()) {
      ++faults_;
      ADD_FAILURE() << GetParam().name << " " << NameOf(kind) << " --n=" << nth
                    << (lasting ? " --lasting: " : " --once: ") << outcome.fault << "\nrepeat it: tools/every-failure "
                    << GetParam().name << " " << NameOf(kind) << " --n=" << nth << (lasting ? " --lasting" : " --once")
                    << "\nthe call that failed: " << outcome.place;
    } else if (choice_.only != 0) {
      fmt::print("{}{}", outcome.struck ? outcome.died ? "it died: " : "it went on" : "no call failed",
                 outcome.last_words);
      fmt::print("\nthe call that failed: {}\n", outcome.place);
    }
    return outcome.struck;
  }

  void RunKind(Kind kind, bool lasting, std::uint64_t calls) {
    if (choice_.only != 0) {
      RunOne(kind, choice_.only, lasting);
      return;
    }
    if (choice_.all) {
      for (std::uint64_t nth = 1; RunOne(kind, nth, lasting);) ++nth;
      return;
    }
    // A role that uses a call often gets as many rounds as one that uses it rarely.
    const std::uint64_t stride = std::max<std::uint64_t>(calls / kRoundsOfAKind, 1);
    for (std::uint64_t nth = 1 + choice_.seed % stride; nth <= calls && faults_ < kMostFaults; nth += stride)
      RunOne(kind, nth, lasting);
  }

  const Choice choice_ = Choice::FromEnvironment();
  Rounds rounds_{GetParam().make()};
  std::uint64_t run_ = 0, died_ = 0;
  int faults_ = 0;
};

TEST_P(EveryFailure, EndsInAnErrorOrAClearDeathAndNothingIsLost) {
  fmt::print("seed {}\n", choice_.seed);
  const Outcome without = rounds_.Run(Kind::kNew, 0, false);
  ASSERT_EQ(without.fault, "") << "a round in which nothing fails";
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if (choice_.kind && *choice_.kind != kind) continue;
    if (without.counts[i] == 0) continue;
    for (const bool lasting : {false, true}) {
      if (!choice_.mode.empty() && (choice_.mode == "lasting") != lasting) continue;
      // The first lack of memory ends the process. And who can never send only waits for the deadlines of all calls.
      if (lasting && (kind == Kind::kNew || kind == Kind::kSend) && choice_.mode.empty()) continue;
      run_ = died_ = 0;
      const auto began = std::chrono::steady_clock::now();
      RunKind(kind, lasting, without.counts[i]);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      fmt::print("{} {} {}: {} calls, {} rounds, {} clear deaths, {:.1f} s\n", GetParam().name, NameOf(kind),
                 lasting ? "lasting" : "once", without.counts[i], run_, died_, took.count());
      std::fflush(stdout);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Roles, EveryFailure, testing::ValuesIn(kScenarios),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace zoobar::failures
