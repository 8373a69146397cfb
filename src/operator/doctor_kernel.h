// What the kernel and its settings grant this process: doctor's probes that need no configuration but the ids.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "confine/namespaces.h"
#include "ipc/result.h"
#include "operator/doctor.h"

namespace zoobar {

// Whether `step` succeeds in a child process, where it may confine or end itself. An Error: its own, or how it ended.
Status TryInChild(const std::function<Status()>& step);

Finding CheckKernel(const std::string& release);
Finding CheckRoot();
// namespaces: set to whether the master would get its own.
Finding CheckUserNamespaces(IdMap map, bool& namespaces);
Finding CheckOtherNamespaces(bool namespaces);
// folder: one the master would hand to a role.
Finding CheckMounts(const std::string& folder, bool namespaces);
// What carries the site where namespaces are refused.
Finding CheckFallback(bool namespaces);
Finding CheckSeccomp();
Finding CheckNotification();
Finding CheckNoNewPrivileges();
Finding CheckLandlock();
Finding CheckPidfd();
Finding CheckExec(const std::string& executable);
Finding CheckPtrace(const std::string& setting = "/proc/sys/kernel/yama/ptrace_scope");

}  // namespace zoobar
