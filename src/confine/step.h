// Step: the result of a system call as a Status, for functions that make many system calls in a row.
#pragma once

#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// `result`: what the system call returned. Below 0 it is an Error made of `what` and errno.
inline Status Step(long result, std::string_view what) {
  if (result >= 0) return {};
  return Error::FromErrno(std::string(what));
}

}  // namespace zoobar
