#include "fuzz_site/run_state.h"

#include <fmt/format.h>

namespace zoobar::fuzz_site {
namespace {

constexpr std::size_t kMostFaults = 40, kMostOfAKind = 3;  // further ones mostly say the same

}  // namespace

std::uint64_t Tally::Of(int first, int last) const {
  std::uint64_t sum = 0;
  for (int status = first; status <= last; ++status) sum += answers_[static_cast<std::size_t>(status)];
  return sum;
}

std::string Tally::Table() const {
  std::string table = "  answers   status\n";
  for (int status = 1; status < kMost; ++status) {
    if (const std::uint64_t count = answers_[static_cast<std::size_t>(status)]; count > 0)
      table += fmt::format("{:>9}   {}\n", count, status);
  }
  table += fmt::format("{:>9}   none: malformed, half-closed, cut off or not read\n", unanswered_.load());
  table += fmt::format("{:>9}   none: the site had ended a kept connection; sent again\n", reconnected_.load());
  return table;
}

void Verdict::Fault(std::string what, std::size_t client) {
  const std::lock_guard lock(mutex_);
  if (faults_.empty()) client_ = client;
  std::size_t& same = kinds_[what.substr(0, what.find_first_of("(:;"))];
  if (same++ < kMostOfAKind && faults_.size() < kMostFaults) faults_.push_back(std::move(what));
  ++count_;
  good_ = false;
}

std::vector<std::string> Verdict::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::size_t Verdict::client() const {
  const std::lock_guard lock(mutex_);
  return client_;
}

}  // namespace zoobar::fuzz_site
