// KeyFinder finds the key of any record, for the verifier. Ids come from files that somebody may have changed, so the
// work is bounded: each line that is read earns steps, and an id that would need more steps than are left has no key.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "audit/keys.h"

namespace zoobar::audit {

class KeyFinder {
 public:
  // The steps at the beginning, about a second of work, and those that each line earns. Sound files need one step
  // for each line, and two for 4096 lines that were deleted.
  static constexpr std::uint64_t kSteps = 4'000'000, kStepsOfLine = 16;

  KeyFinder(const Key& secret, std::string log) : secret_(secret), log_(std::move(log)) {}

  // Returns nullptr if no record can have this id, or if no steps are left. The key is valid until the next call.
  const Key* Find(const RecordId& id);
  // Whether an id had no key because no steps were left.
  bool exhausted() const { return exhausted_; }

 private:
  static constexpr std::size_t kKept = 1024;      // starts, and epochs, whose keys are kept
  static constexpr std::uint64_t kNewEpoch = 64;  // steps that are taken for an entry of a map

  struct Epoch {
    Key key;
    LineKeys lines;
  };
  using EpochName = std::pair<std::uint64_t, std::uint64_t>;

  bool Spend(std::uint64_t steps);
  Epoch* FindEpoch(const RecordId& id);

  const Key secret_;
  const std::string log_;
  std::uint64_t left_ = kSteps;
  bool exhausted_ = false;
  std::map<std::uint64_t, EpochKeys> starts_;
  std::map<EpochName, Epoch> epochs_;
  EpochName current_name_{};
  Epoch* current_ = nullptr;  // the epoch that was asked for last
};

}  // namespace zoobar::audit
