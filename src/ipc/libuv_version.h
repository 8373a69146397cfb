// What depends on the version of libuv. Debian 12 has 1.44, and Debian 13 has 1.50.
#pragma once

#include <uv.h>

namespace zoobar {

// From version 1.45, libuv asks what the kernel can do: its version, once for each process, and an io_uring for each
// event loop. libuv does without both.
inline constexpr bool kLibuvAsksKernel = UV_VERSION_HEX >= (1 << 16 | 45 << 8);

}  // namespace zoobar
