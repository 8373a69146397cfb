// Contents reads the records of a backup in their order, and finds out whether the stores belong together: whether they
// are of one moment. It needs memory for the ids of all members, and for the open offers.
//
// What it checks:
// - Every account of the bank, and everything in profile, belongs to a member that auth knows. auth makes a member
//   before anybody else hears of the member's id.
// - For each password that auth has, honeychecker knows the draw. honeychecker is told first.
// - Each store says that it is the store of its role.
// - The head of the journal that notary has signed last is one of this journal.
// - The bank's journal has no gaps. Each balance is the one after the account's last entry. The sum of all balances and
//   of all open offers is what was issued. Each entry that ends an offer names one that was open, and its zoobars.
// `zoobar ctl verify` checks more of the bank, and `zoobar restore` does the same before it uses what it has restored.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backup.pb.h"
#include "backup/format.h"
#include "ipc/result.h"
#include "journal/tree.h"
#include "stored.pb.h"

namespace zoobar::backup {

class Contents {
 public:
  static constexpr int kMostFaults = 20;

  // Takes one record: kStoreBegins, kSnapshot, kTable, kEntries or kStoreEnds. Returns an Error if a record is malformed
  // or in the wrong place. The content of kStoreEnds may be empty; then it is not compared with the hash.
  Status Take(char type, std::string_view content);
  // Compares the stores with each other. Call it after the last store. Returns an Error if a store is missing.
  Status Compare();

  // What has been taken, without the moment: the stores and the sums.
  const BackupManifest& manifest() const { return manifest_; }
  // The hash of the records of the store that has just ended.
  const std::string& hash() const { return hash_; }

  // Calls `visit` with each entry of a record of type kEntries. Returns an Error if the record is malformed.
  static Status ForEachEntry(std::string_view content,
                             const std::function<Status(std::string_view key, std::string_view value)>& visit);

 private:
  using TakeEntry = Status (Contents::*)(std::string_view key, std::string_view value);

  Status BeginStore(std::string_view role);
  Status BeginTable(std::string_view name);
  Status TakeEntries(std::string_view content);
  Status EndStore(std::string_view hash);
  Status TakeFormat(std::string_view key, std::string_view value);
  Status TakeMember(std::string_view key, std::string_view value);
  Status TakeIndex(std::string_view key, std::string_view value);
  Status TakeAccount(std::string_view key, std::string_view value);
  Status TakeJournal(std::string_view key, std::string_view value);
  void TakeOffer(std::uint64_t number, const StoredEntry& entry);
  void CompareSums();
  Status TakeHead(std::string_view key, std::string_view value);
  void CompareHead();
  Status TakeTotals(std::string_view key, std::string_view value);
  Status TakeOfMember(std::string_view key, std::string_view value);
  template <typename Message>
  bool Parse(std::string_view key, std::string_view value, Message* message);
  void Fault(std::string fault);

  BackupManifest manifest_;
  BackupManifest::Store* store_ = nullptr;  // null: between two stores
  BackupManifest::Table* table_ = nullptr;  // null: before the first table of a store
  TakeEntry take_entry_ = nullptr;          // null: the entries of this table are only counted
  std::string last_key_, hash_;
  Hash running_;

  std::unordered_set<std::string> members_, draws_, indexes_, others_;
  std::unordered_set<std::string> formats_;  // roles whose store has the right format entry
  std::unordered_map<std::string, std::int64_t> balances_, last_after_;
  struct OpenOffer {
    std::int64_t zoobars = 0;
    std::string members;  // the ids of both
  };
  std::unordered_map<std::uint64_t, OpenOffer> open_offers_;  // by number
  std::int64_t totals_issued_ = 0;
  // What notary has signed, and the tree of bank's journal. The store of notary comes first.
  std::uint64_t signed_size_ = 0;
  std::string signed_root_;
  bool found_signed_ = false;
  journal::RunningTree tree_;
};

}  // namespace zoobar::backup
