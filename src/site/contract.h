// What a role's process and the master must agree on. `zoobar ctl upgrade` lets roles run another program than the master
// (docs/upgrade.md). So each role compares the contract of its own program with that of the master's, before it does
// anything else.
#pragma once

#include <string>

#include "ipc/bytes.h"
#include "site/role.h"

namespace zoobar {

// With this status a role ends that was started by a master with another contract.
inline constexpr int kOtherContractStatus = 78;

// All that must be the same: every message and method in proto/, which descriptors a role starts with, what the role is
// granted, and the formats of the stores. If a format differed, roles could not go back to the program from before: it
// refuses a store that was renewed. A program that differs only in what its code does has the same contract.
std::string ContractText(const RoleSpec& spec);
// The hash of this text (BLAKE2b, 32 bytes).
Bytes ContractOf(const RoleSpec& spec);

}  // namespace zoobar
