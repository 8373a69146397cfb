// What the system call filters of a process decide. They are read from the kernel (Debugger::ReadFilters) and evaluated
// here, so that calls which would kill the process can be asked about as well.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace zoobar {

using Filters = std::vector<std::vector<sock_filter>>;

// What all filters together answer to a system call: a SECCOMP_RET_ value. Like the kernel, it takes the harshest.
std::uint32_t ActionOf(const Filters& filters, long number, const std::vector<std::uint64_t>& arguments = {},
                       std::uint32_t architecture = AUDIT_ARCH_X86_64);

}  // namespace zoobar
