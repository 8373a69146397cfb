// LedgerReplay compares the tables of a ledger with a replay of its journal. Callers use Ledger::Verify.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/ledger.h"

namespace zoobar {

class LedgerReplay {
 public:
  LedgerReplay(const Ledger& ledger, const ReadTransaction& tx) : ledger_(ledger), tx_(tx) {}

  Ledger::Audit Prove();

 private:
  void ReplayJournal();
  void Replay(std::uint64_t number, const StoredEntry& entry);
  void ReplayMint(std::uint64_t number, const StoredEntry& entry);
  void ReplayTransfer(std::uint64_t number, const StoredEntry& entry);
  void CheckProgram(std::uint64_t number, const StoredEntry& entry);
  void CheckIndices(std::uint64_t number, const StoredEntry& entry);
  void CompareAccounts();
  void CompareTotals();

  template <typename... Args>
  void Fault(fmt::format_string<Args...> format, Args&&... args) {
    if (audit_.faults.size() < Ledger::kMaxFaults)
      audit_.faults.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  const Ledger& ledger_;
  const ReadTransaction& tx_;
  Ledger::Audit audit_;
  std::unordered_map<std::string, std::int64_t> balances_;  // by member: what the entries replayed so far give
  struct Payment {
    std::int64_t time_ms, zoobars;
    std::string recipient;
  };
  std::unordered_map<std::string, std::vector<Payment>> spending_;  // by owner: payments by programs in the last hour
  std::uint64_t touched_ = 0, spent_ = 0;                           // keys that by_member and spending should have
};

}  // namespace zoobar
