// The probes of `zoobar doctor` that test what the kernel and its settings allow this process. They need only the
// site's ids and one folder from the configuration.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "confine/namespaces.h"
#include "ipc/result.h"
#include "operator/doctor.h"

namespace zoobar {

// Calls `step` in a child process. There `step` may confine itself or exit without an effect on this process. Returns
// the Error of `step`. If the child was killed or exited with a status other than 0, returns an Error that says this.
Status TryInChild(const std::function<Status()>& step);

Finding CheckKernel(const std::string& release);
Finding CheckRoot();
// Checks whether the kernel would let the master create namespaces of its own. Sets `namespaces` to the result.
Finding CheckUserNamespaces(IdMap map, bool& namespaces);
Finding CheckOtherNamespaces(bool namespaces);
// Checks whether a folder can be passed to a role as a mount. folder: any folder that the master would pass to a role.
Finding CheckMounts(const std::string& folder, bool namespaces);
// Checks what confines the roles on a machine that refuses namespaces. namespaces: whether this machine allows them.
Finding CheckFallback(bool namespaces);
Finding CheckSeccomp();
Finding CheckNotification();
Finding CheckNoNewPrivileges();
Finding CheckLandlock();
Finding CheckPidfd();
Finding CheckExec(const std::string& executable);
Finding CheckPtrace(const std::string& setting = "/proc/sys/kernel/yama/ptrace_scope");

}  // namespace zoobar
