// Reads bank's store after each commit, past bank's own code, and compares it with what the journal's entries give and
// with what members were told.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "simulation/judge.h"
#include "simulation/member.h"
#include "stored.pb.h"

namespace zoobar::simulation {

class BankCheck {
 public:
  BankCheck(std::string folder, Judge& judge) : folder_(std::move(folder)), judge_(judge) {}

  // Reads the entries that are new, and all accounts. Does nothing while there is no store.
  void Look();
  // The store may have lost entries: the next Look reads all of them again.
  void Forget();
  // Each payment that was acknowledged is in the journal. `all_known`: and no other one but those that may have been
  // made.
  void Compare(const Knowledge& known, bool all_known);

  long BalanceOf(const std::string& name) const;
  std::uint64_t entries() const { return entries_; }

 private:
  void Apply(std::uint64_t number, const StoredEntry& entry);
  void CompareAccount(const std::string& member, const StoredBankAccount& account);

  const std::string folder_;
  Judge& judge_;
  std::uint64_t entries_ = 0;
  std::int64_t issued_ = 0, offered_ = 0;
  std::map<std::string, std::int64_t> balances_;  // by member id: what the entries give
  std::map<std::string, std::string> ids_;        // by name
  std::map<std::uint64_t, std::int64_t> open_;    // zoobars of open offers, by number
  std::set<std::string> acts_;
  std::map<Knowledge::Payment, std::uint64_t> paid_;
};

}  // namespace zoobar::simulation
