// doctor's probes of what this configuration needs: user ids, folders, ports and descriptors.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// Sets `running` to whether a zoobar already runs on this state directory. If so, the locks and ports that it holds are
// not reported as missing.
Finding CheckState(const Config& config, bool& running);
// etc: the folder of passwd, group, subuid and subgid.
Finding CheckIds(std::uint32_t id_base, const std::string& etc = "/etc");
Finding CheckIdLock(std::uint32_t id_base, bool running);
std::vector<Finding> CheckListeners(const Config& config, bool running);
Finding CheckDescriptors(const Config& config);
Finding CheckWebRoot(const Config& config);

}  // namespace zoobar
