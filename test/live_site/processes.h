// What /proc says about a process. The process may end while it is read; then the answer is empty.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

// The whole file, also one of /proc. Empty when it cannot be read.
std::string ReadWhole(const std::string& path);
// "/proc/PID/WHAT"
std::string Proc(pid_t pid, const std::string& what);
// The value of "Name:\tvalue" in /proc/PID/status, without the blanks before and after it.
std::string StatusField(pid_t pid, std::string_view name);
// The real user id; 0 also when there is no such process.
std::uint32_t UidOf(pid_t pid);
// False for a zombie.
bool IsAlive(pid_t pid);
// All processes that this one can see, zombies too.
std::vector<pid_t> AllProcesses();

}  // namespace zoobar
