// doctor's probes of what the kernel and its settings allow this process. Of the configuration they need only the ids.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "confine/namespaces.h"
#include "ipc/result.h"
#include "operator/doctor.h"

namespace zoobar {

// Calls `step` in a child process, where it may confine itself or exit. Returns its Error; or, if the child ended
// without one, how it ended.
Status TryInChild(const std::function<Status()>& step);

Finding CheckKernel(const std::string& release);
Finding CheckRoot();
// Sets `namespaces` to whether the master would get namespaces of its own.
Finding CheckUserNamespaces(IdMap map, bool& namespaces);
Finding CheckOtherNamespaces(bool namespaces);
// folder: one that the master would pass to a role.
Finding CheckMounts(const std::string& folder, bool namespaces);
// What confines the roles where namespaces are refused.
Finding CheckFallback(bool namespaces);
Finding CheckSeccomp();
Finding CheckNotification();
Finding CheckNoNewPrivileges();
Finding CheckLandlock();
Finding CheckPidfd();
Finding CheckExec(const std::string& executable);
Finding CheckPtrace(const std::string& setting = "/proc/sys/kernel/yama/ptrace_scope");

}  // namespace zoobar
