// Chain seals the records of one epoch of a log. logger has one for each sealed log.
#pragma once

#include <string>
#include <string_view>

#include "audit/keys.h"
#include "audit/record.h"

namespace zoobar::audit {

class Chain {
 public:
  // key: of the epoch. prev: the seal of the last record before this epoch, or zeros if there is none.
  Chain(std::uint64_t start, std::uint64_t epoch, const Key& key, const Mac& prev)
      : keys_(key), next_{start, epoch, 0}, last_mac_(prev) {}

  // Returns the JSON object `line` as the next record, without a line feed. Its key is wiped before this returns, so
  // the record cannot be changed any more by this process.
  std::string Seal(std::string_view line) {
    std::string begun = BeginLine(line, next_, last_mac_);
    last_mac_ = SealOf(keys_.key(), begun);
    last_ = next_;
    next_ = next_.Next();
    keys_.Advance();
    return EndLine(std::move(begun), last_mac_);
  }
  // The last record; before the first call of Seal it is meaningless.
  const RecordId& last() const { return last_; }
  const Mac& last_mac() const { return last_mac_; }

 private:
  LineKeys keys_;
  RecordId next_, last_;
  Mac last_mac_;
};

}  // namespace zoobar::audit
