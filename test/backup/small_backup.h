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

namespace zoobar {

// The entries of a store by table, as LMDB would give them.
using Tables = std::map<std::string, std::map<std::string, std::string>>;

struct SmallBackup {
  // Two members, each with 10 zoobars; one has paid the other 3.
  SmallBackup();

  std::map<std::string, Tables> stores;  // by role
  // Writes the file.
  Status Write(const std::string& path, const std::optional<backup::PublicKey>& key = {}) const;

  static std::string Id(char letter) { return std::string(16, letter); }
};

}  // namespace zoobar
