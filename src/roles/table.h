// All roles in one table.
#pragma once

#include <vector>

#include "site/role.h"

namespace zoobar {

// All roles but the master, in the order they are started.
const std::vector<const RoleSpec*>& AllRoles();
const RoleSpec* FindRole(Role role);  // nullptr: there is no such role in this program

}  // namespace zoobar
