// What the tests of this folder expect of each role. It is said a second time on purpose: a row in the program that
// permits more fails here.
#pragma once

#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "ipc/libuv_version.h"
#include "options.pb.h"

namespace zoobar {

constexpr std::uint64_t kTerabyte = std::uint64_t{1} << 40;
constexpr std::uint64_t kUnlimited = RLIM_INFINITY;

struct Expected {
  Role role;
  const char* folder;  // the first entry of its root (see Root); nullptr if the root is empty
  bool opens_files;    // true: it may call openat, and its jail and Landlock restrict it; false: the call kills it
  bool threads;        // whether it may start threads
  std::uint64_t open_files, address_space, file_bytes, processes;
  std::span<const long> more_calls = {};  // that only this role may make
  std::set<std::string> Root() const {
    if (role == ROLE_SANDBOX) return {"usr", "lib", "lib64", "run", "dev"};
    if (role == ROLE_STATIC) return {"web", "acme"};
    return folder ? std::set<std::string>{folder} : std::set<std::string>{};
  }
  std::uint32_t ActionOn(long call) const {
    if (call == SYS_io_uring_setup && kLibuvAsksKernel) return SECCOMP_RET_ERRNO | ENOSYS;
    return std::find(more_calls.begin(), more_calls.end(), call) != more_calls.end() ? SECCOMP_RET_ALLOW
                                                                                     : SECCOMP_RET_KILL_PROCESS;
  }
};
constexpr long kCallsOfSandbox[] = {SYS_socketpair, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_memfd_create};
constexpr Expected kExpected[] = {
    {ROLE_DISPATCHER, nullptr, false, false, 65536, kUnlimited, 0, 1},
    {ROLE_STATIC, "web", true, false, 256, kUnlimited, 0, 1},
    {ROLE_APP, nullptr, false, false, 16384, kUnlimited, 0, 1},
    {ROLE_LOGIN, nullptr, false, false, 16384, kUnlimited, 0, 1},
    {ROLE_AUTH, "store", true, true, 64, kUnlimited, kTerabyte, 16},
    {ROLE_HONEYCHECKER, "store", true, true, 64, kUnlimited, kTerabyte, 8},
    {ROLE_BANK, "store", true, true, 64, kUnlimited, kTerabyte, 8},
    {ROLE_PROFILE, "store", true, true, 1024, kUnlimited, kTerabyte, 8},
    {ROLE_SANDBOX, nullptr, false, true, 1024, kUnlimited, std::uint64_t{8} << 20, 256, kCallsOfSandbox},
    {ROLE_SANITIZER, nullptr, false, false, 16, std::uint64_t{512} << 20, 0, 1},
    {ROLE_LOGGER, nullptr, false, false, 192, kUnlimited, kTerabyte, 1},
    {ROLE_ADMIN, nullptr, false, true, 128, kUnlimited, 0, 8},
    {ROLE_ECHO, nullptr, false, false, 16, kUnlimited, 0, 1},
    {ROLE_EDGE, nullptr, false, false, 65536, kUnlimited, 0, 1},
    {ROLE_KEYS, "store", true, true, 128, kUnlimited, kTerabyte, 8},
    {ROLE_METRICS, nullptr, false, false, 512, kUnlimited, 0, 1},
    {ROLE_CONSOLE, nullptr, false, false, 512, kUnlimited, 0, 1},
    {ROLE_NOTARY, "store", true, true, 64, kUnlimited, kTerabyte, 8},
    {ROLE_COURSE, "store", true, true, 64, kUnlimited, kTerabyte, 8},
};

inline bool KeepsAStore(const Expected& expected) {
  return expected.folder && std::string_view(expected.folder) == "store";
}

}  // namespace zoobar
