#include "roles/profile/unstored.h"

namespace zoobar {

void UnstoredRuns::Answered(const std::string& owner) { waiting_.try_emplace(owner); }

void UnstoredRuns::Stored(const std::string& owner) {
  const auto found = waiting_.extract(owner);
  if (found) found.mapped().WakeAll();
}

Task<bool> UnstoredRuns::Wait(std::string owner) {
  const auto found = waiting_.find(owner);
  if (found == waiting_.end()) co_return true;
  auto storing = found->second.Wait(loop_, kPatience);
  co_return co_await storing;
}

}  // namespace zoobar
