#include "roles/profile/unstored.h"

#include <utility>

namespace zoobar {

void UnstoredRuns::Answered(const std::string& owner) { waiting_.try_emplace(owner); }

void UnstoredRuns::Stored(const std::string& owner) {
  const auto found = waiting_.extract(owner);
  if (!found) return;
  for (const auto& stored : found.mapped()) {
    if (!stored->set()) stored->Set(true);
  }
}

Task<bool> UnstoredRuns::Wait(std::string owner) {
  const auto found = waiting_.find(owner);
  if (found == waiting_.end()) co_return true;
  const auto stored = std::make_shared<Promised<bool>>();
  found->second.push_back(stored);
  Timer limit(loop_);
  limit.Start(kPatience, [stored] {
    if (!stored->set()) stored->Set(false);
  });
  Promised<bool>& result = *stored;
  co_return co_await result;
}

}  // namespace zoobar
