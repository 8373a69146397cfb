// What this configuration needs of the machine: ids, folders, ports, descriptors.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// running: set to whether a zoobar runs on this state directory already; then what it holds is no obstacle.
Finding CheckState(const Config& config, bool& running);
// etc: where passwd, group, subuid and subgid are.
Finding CheckIds(std::uint32_t id_base, const std::string& etc = "/etc");
Finding CheckIdLock(std::uint32_t id_base, bool running);
std::vector<Finding> CheckListeners(const Config& config, bool running);
Finding CheckDescriptors(const Config& config);
Finding CheckWebRoot(const Config& config);

}  // namespace zoobar
