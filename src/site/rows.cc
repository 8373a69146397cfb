#include "site/rows.h"

#include "ipc/channel.h"
#include "ipc/result.h"

namespace zoobar {

const Config::RoleConfig& RowOf(const Config& config, Role role) {
  for (const Config::RoleConfig& row : config.role()) {
    if (row.name() == RoleName(role)) return row;
  }
  Die("the configuration has no row for {}", RoleName(role));
}

}  // namespace zoobar
