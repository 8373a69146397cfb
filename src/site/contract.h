// What a role's process and the master must agree on. `zoobar ctl upgrade` lets roles run another program than the master
// (docs/upgrade.md). So each role compares the contract of its own program with that of the master's, before it does
// anything else.
#pragma once

#include "ipc/bytes.h"
#include "site/role.h"

namespace zoobar {

// With this status a role ends that was started by a master with another contract.
inline constexpr int kOtherContractStatus = 78;

// A hash (BLAKE2b, 32 bytes) of all that must be the same: every message and method in proto/, which descriptors a role
// starts with, and what the role is granted. A program that differs only in what its code does has the same contract.
Bytes ContractOf(const RoleSpec& spec);

}  // namespace zoobar
