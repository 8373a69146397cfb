// A small backup whose stores belong together, for tests that need no site.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backup/keys.h"
#include "ipc/result.h"
#include "live_site/temporary_directory.h"
#include "stored.pb.h"

namespace zoobar {

// The entries of a store by table, as LMDB would give them.
using Tables = std::map<std::string, std::map<std::string, std::string>>;

struct SmallBackup {
  // Two members, each with 10 zoobars; one has paid the other 3.
  SmallBackup();

  std::map<std::string, Tables> stores;  // by role
  // Adds an entry to the bank's journal and its indices, and stores the balances after it. Gives it an act id if it has
  // none.
  void AddEntry(StoredEntry entry);
  // An entry between two members, with their balances after it.
  static StoredEntry Between(char sender, char recipient, StoredEntry::Kind kind, std::int64_t zoobars,
                             std::int64_t sender_after, std::int64_t recipient_after);
  // a offers b 5 zoobars (entry 4), and gets back the 3 that b has got (entry 5 corrects entry 3). Then a has 5, and b 10.
  void AddOfferAndCorrection();
  // Writes the file.
  Status Write(const std::string& path, const std::optional<backup::PublicKey>& key = {}) const;

  static std::string Id(char letter) { return std::string(16, letter); }
};

}  // namespace zoobar
