// The probes of `zoobar doctor` for what this configuration needs: user ids, folders, ports and descriptors.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// Checks the state directory. Sets `running` to whether a site already runs on it. If so, the other checks do not
// report the locks and ports of that site as missing.
Finding CheckState(const Config& config, bool& running);
// For a site that already runs on this state directory: which process it is, where it listens, whether its control
// socket accepts connections, and whether it listens where the configuration says.
Finding CheckRunning(const Config& config);
// Checks that the ids are not used for anything else. etc: the folder that holds passwd, group, subuid and subgid.
Finding CheckIds(std::uint32_t id_base, const std::string& etc = "/etc");
Finding CheckIdLock(std::uint32_t id_base, bool running);
std::vector<Finding> CheckListeners(const Config& config, bool running);
Finding CheckDescriptors(const Config& config);
Finding CheckWebRoot(const Config& config);
// Checks whether new passwords must meet the minimums of the configuration.
Finding CheckPasswords(const Config& config);

}  // namespace zoobar
