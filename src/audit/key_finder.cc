#include "audit/key_finder.h"

namespace zoobar::audit {

bool KeyFinder::Spend(std::uint64_t steps) {
  exhausted_ = exhausted_ || steps > left_;
  if (steps > left_) return false;
  left_ -= steps;
  return true;
}

const Key* KeyFinder::Find(const RecordId& id) {
  left_ += kStepsOfLine;
  Epoch* const epoch = FindEpoch(id);
  if (!epoch) return nullptr;
  if (epoch->lines.line() > id.line) {
    if (!Spend(1)) return nullptr;
    epoch->lines = LineKeys(epoch->key);
  }
  if (!Spend(epoch->lines.StepsTo(id.line))) return nullptr;
  epoch->lines.AdvanceTo(id.line);
  return &epoch->lines.key();
}

KeyFinder::Epoch* KeyFinder::FindEpoch(const RecordId& id) {
  const EpochName name(id.start, id.epoch);
  if (current_ && current_name_ == name) return current_;
  if (id.start == 0 || id.epoch == 0) return nullptr;
  auto found = epochs_.find(name);
  if (found == epochs_.end()) {
    if (!Spend(kNewEpoch)) return nullptr;
    auto start = starts_.find(id.start);
    if (start == starts_.end() || start->second.next() > id.epoch) {
      if (starts_.size() >= kKept) starts_.clear();
      start = starts_.insert_or_assign(id.start, EpochKeys(KeyOfStart(secret_, log_, id.start))).first;
    }
    EpochKeys& epochs = start->second;
    if (!Spend(id.epoch - epochs.next())) return nullptr;
    while (epochs.next() < id.epoch) epochs.Skip();
    if (epochs_.size() >= kKept) epochs_.clear();
    const Key key = epochs.Take();
    found = epochs_.insert_or_assign(name, Epoch{key, LineKeys(key)}).first;
  }
  current_name_ = name;
  current_ = &found->second;
  return current_;
}

}  // namespace zoobar::audit
