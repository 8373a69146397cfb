// Tells logger what bank has committed, for the money log. It never blocks and never delays an answer: entries are
// gathered for 25 ms and travel in one message. While logger does not run or does not read, kMaxWaiting entries wait. Further
// ones are dropped and counted, and the money log says how many there were. So payments go on without logger.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ledger/ledger.h"
#include "logger.pb.h"
#include "site/role.h"

namespace zoobar {

class MoneyLog {
 public:
  static constexpr std::size_t kMaxWaiting = 8192;  // about a megabyte
  static constexpr int kMostInMessage = 1024;

  explicit MoneyLog(Site& site);
  // The line about a correction, or about the end of an offer.
  static MoneyRequest::Entry LineOf(const Ledger::Numbered& later);
  // The line about it, without the number of its entry.
  static MoneyRequest::Entry LineOf(const Ledger::Transfer& transfer);
  static MoneyRequest::Entry LineOf(const Ledger::Opening& opening);
  void Add(MoneyRequest::Entry entry);
  // Sends what waits, as far as logger takes it.
  void Flush();
  std::uint64_t dropped() const { return dropped_in_all_; }

 private:
  Site& site_;
  Timer flush_;
  MoneyRequest waiting_;
  std::uint64_t dropped_ = 0, dropped_in_all_ = 0;
  bool flush_due_ = false;
};

}  // namespace zoobar
