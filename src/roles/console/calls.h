// Which role may call which, as the operator's page shows it. It is read from the contracts in proto/, like the
// permissions themselves.
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "ipc/channel.h"

namespace zoobar {

// Whether calls of the method are shown ("Bank.Transfer"). Not shown are those of Health, which admin, metrics and
// console make to every role, and log lines, which every role sends to logger: there would be nothing else to see.
bool IsShown(std::string_view method);

// Caller and callee, and how many methods the caller may call there. Without those that are not shown.
const std::map<std::pair<Role, Role>, int>& ShownCalls();

}  // namespace zoobar
