// LedgerReplay compares the tables of a ledger with a replay of its journal. Callers use Ledger::Verify.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/ledger.h"

namespace zoobar {

class LedgerReplay {
 public:
  LedgerReplay(const Ledger& ledger, const ReadTransaction& tx) : ledger_(ledger), tx_(tx) {}

  Ledger::Audit Prove();

 private:
  void ReplayJournal();
  void Replay(std::uint64_t number, const StoredEntry& entry);
  void ReplayMint(std::uint64_t number, const StoredEntry& entry);
  // An entry between two members. Returns whether it could be applied.
  bool ReplayBetween(std::uint64_t number, const StoredEntry& entry);
  void ReplayOffer(std::uint64_t number, const StoredEntry& entry);
  void ReplayEnd(std::uint64_t number, const StoredEntry& entry);
  void CheckFields(std::uint64_t number, const StoredEntry& entry);
  void CheckCorrection(std::uint64_t number, const StoredEntry& entry);
  void CompareOffers();
  void CheckProgram(std::uint64_t number, const StoredEntry& entry);
  void CheckIndices(std::uint64_t number, const StoredEntry& entry);
  void CheckCounts(std::uint64_t number, const StoredEntry& entry);
  void CheckCount(std::uint64_t number, const std::string& member, std::uint64_t ordinal, const std::string& name);
  void AddToTree(std::uint64_t number, std::string_view stored);
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
  std::unordered_map<std::uint64_t, StoredEntry> open_;             // by number: the offers that have not ended
  std::uint64_t corrections_ = 0;
  struct Counted {
    std::uint64_t entries = 0;
    bool began = false;  // an entry has said which of the member's it is
    std::string name;    // what the entries call the member
  };
  std::unordered_map<std::string, Counted> counted_;  // by member
  journal::RunningTree tree_;
  std::uint64_t touched_ = 0, spent_ = 0;  // keys that by_member and spending should have
};

}  // namespace zoobar
