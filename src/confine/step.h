// Step turns the result of a system call into a Status. It is for functions that make many system calls in a row.
#pragma once

#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// `result` is what the system call returned. If it is below 0, returns an Error made of `what` and errno.
inline Status Step(long result, std::string_view what) {
  if (result >= 0) return {};
  return Error::FromErrno(std::string(what));
}

}  // namespace zoobar
