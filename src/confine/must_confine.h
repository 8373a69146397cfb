// How a process ends that cannot take a step of its confinement. Its exit status says so, because the master then gives up
// the start of the site: the step would fail again.
#pragma once

#include <string>

#include "ipc/result.h"

namespace zoobar {

inline constexpr int kNotConfined = 71;  // EX_OSERR, sysexits.h

// Writes a line to stderr and ends the process with the status kNotConfined.
[[noreturn]] void DieUnconfined(const std::string& why);

inline void MustConfine(const Status& status) {
  if (!status.ok()) DieUnconfined(status.error().text);
}

}  // namespace zoobar
