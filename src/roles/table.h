// The table of all roles.
#pragma once

#include <vector>

#include "site/role.h"

namespace zoobar {

// Returns all roles but the master, in the order in which the master starts them.
const std::vector<const RoleSpec*>& AllRoles();
const RoleSpec* FindRole(Role role);  // returns nullptr for the master, and if there is no such role

}  // namespace zoobar
