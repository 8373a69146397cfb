#include "roles/dispatcher/missing.h"

namespace zoobar {

void MissingPaths::Add(const std::string& path, const std::string& principal) {
  if (Has(path)) return;
  if (paths_.size() >= capacity_ && !sizes_.empty()) {
    const auto own = shares_.find(principal);
    const auto& [most, largest] = *sizes_.rbegin();
    const bool is_own = own != shares_.end() && own->second.size() == most;
    Remove(std::string(is_own ? own->second.front() : shares_.at(largest).front()));
  }
  std::list<std::string>& share = shares_[principal];
  const auto in_share = share.insert(share.end(), path);
  paths_.emplace(path, Holder{principal, in_share});
  Resize(principal, share.size() - 1, share.size());
}

void MissingPaths::Remove(std::string_view path) {
  const auto found = paths_.find(path);
  if (found == paths_.end()) return;
  const Holder holder = found->second;
  paths_.erase(found);
  std::list<std::string>& share = shares_.at(holder.principal);
  share.erase(holder.in_share);
  Resize(holder.principal, share.size() + 1, share.size());
  if (share.empty()) shares_.erase(holder.principal);
}

void MissingPaths::Resize(const std::string& principal, std::size_t before, std::size_t now) {
  if (before > 0) sizes_.erase({before, principal});
  if (now > 0) sizes_.emplace(now, principal);
}

void MissingPaths::Clear() {
  paths_.clear();
  shares_.clear();
  sizes_.clear();
}

}  // namespace zoobar
