// Opens the states that a disk may have after the power went, and asks a test whether each is right.
//
// Without a wish of the caller's, a part of the states is opened, chosen by a seed that is printed. tools/power-cuts opens
// all, or one again:
//   ZOOBAR_POWER_SEED=7                     other states; also other members, keys and so on in the work itself
//   ZOOBAR_POWER_ALL=1                      all states
//   ZOOBAR_POWER_CUT=transfers.412.random.3 this state of this work alone
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "power/disk.h"

namespace zoobar::power {

// What was known to the callers when the power went.
struct Seen {
  std::set<std::size_t> begun, acknowledged;  // steps

  bool Begun(std::size_t step) const { return begun.contains(step); }
  bool Acknowledged(std::size_t step) const { return acknowledged.contains(step); }
};

// Opens what is in `folder`. Returns what is wrong with it; empty: nothing. It is called in a process of its own, which may
// end: then this state is wrong.
using Check = std::function<std::string(const std::string& folder, const Seen& seen)>;

struct Failure {
  Cut cut;
  std::string what;
};

struct CutRun {
  std::string work;  // the name of the work, for the caller's wishes
  Promises promises{};
  std::size_t sample = 400;       // how many states are opened if not all are
  std::size_t all_until = 0;      // beside all states of cuts before this operation
  std::size_t most_failures = 5;  // then it ends early
};

struct Outcome {
  std::size_t cuts = 0;    // moments at which the power may go
  std::size_t states = 0;  // that a disk may have then
  std::size_t opened = 0;
  std::vector<Failure> failures;
};

Outcome OpenStates(const Recording& recording, const CutRun& run, const Check& check);

// The same, and each failure is one of the present test. Prints one line with the figures.
void ExpectAllOpen(const Recording& recording, const CutRun& run, const Check& check);

// For a disk that does not keep its promises: expects that the check finds a wrong state. So the check can fail.
void ExpectSomeWrong(const Recording& recording, const CutRun& run, const Check& check);

// The seed of this run.
std::uint64_t Seed();

// Lets all random numbers of libsodium depend on the seed from now on, so that the work is the same each time.
void SeedRandomNumbers();

// A folder in memory, if there is such a place. It is removed at the end.
class FastFolder {
 public:
  FastFolder();
  ~FastFolder();
  FastFolder(const FastFolder&) = delete;
  FastFolder& operator=(const FastFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace zoobar::power
