// The rows of a completed configuration, one for each role, and the user ids of one site.
#pragma once

#include <cstdint>

#include "config.pb.h"
#include "confine/seccomp.h"
#include "options.pb.h"

namespace zoobar {

// The user ids of a site are [id_base, id_base + kIdRange). The first kRoleIds of them are for roles, the rest for the
// sandbox's runs.
inline constexpr std::uint32_t kIdRange = 256;
inline constexpr std::uint32_t kRoleIds = 100;
inline IdRange PoolOf(std::uint32_t id_base) { return {id_base + kRoleIds, id_base + kIdRange - 1}; }

// Returns the row of this role. Dies if there is none. A completed configuration has a row for the master and for every
// built-in role.
const Config::RoleConfig& RowOf(const Config& config, Role role);

}  // namespace zoobar
