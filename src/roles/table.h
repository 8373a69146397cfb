// The table of all roles.
#pragma once

#include <vector>

#include "site/role.h"

namespace zoobar {

// All roles but the master, in the order in which they are started.
const std::vector<const RoleSpec*>& AllRoles();
const RoleSpec* FindRole(Role role);  // nullptr for the master, and when there is no such role

}  // namespace zoobar
