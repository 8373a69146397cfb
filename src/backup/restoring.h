// The name of the folder in a state directory in which a restore prepares the stores (backup/restore.h). The master does
// not start while it is there.
#pragma once

#include <string_view>

namespace zoobar::backup {

inline constexpr std::string_view kRestoring = ".restoring";

}  // namespace zoobar::backup
