// Constants with the values of <linux/mount.h>. That header cannot be included together with <sys/mount.h> of glibc
// 2.36.
#pragma once

#include <fcntl.h>

#include <cstdint>

namespace zoobar {

inline constexpr unsigned kEmptyPath = 0x4;     // MOVE_MOUNT_F_EMPTY_PATH
inline constexpr unsigned kEmptyTarget = 0x40;  // MOVE_MOUNT_T_EMPTY_PATH
inline constexpr unsigned kOpenTreeClone = 1, kOpenTreeCloexec = O_CLOEXEC;
inline constexpr std::uint64_t kAttrReadOnly = 0x1, kAttrNoSuid = 0x2, kAttrNoDev = 0x4, kAttrNoExec = 0x8;

}  // namespace zoobar
