// The exit status of every command of zoobar.
#pragma once

namespace zoobar {

// 0: done, and nothing was found wrong.
// 1: something is wrong: the bank is unsound, a role does not answer, there is no member with this name.
// 2: wrong use: there is no such command or option, or a value is wrong. Nothing was done.
// 3: refused or not reachable: no site runs there, the secret is wrong, root is needed.
inline constexpr int kCtlOk = 0, kCtlBad = 1, kCtlUsage = 2, kCtlRefused = 3;

}  // namespace zoobar
