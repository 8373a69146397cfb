// Checks a configuration: numbers must be within their bounds, addresses must be IP addresses, and ids must be inside
// the site's range. Each Error starts with the place of the wrong value (NAME:LINE:COLUMN).
#pragma once

#include <cstdint>

#include "config/source.h"
#include "ipc/result.h"

namespace zoobar {

// Checks everything in this text except its `role` rows.
Status CheckNumbersAndListeners(const ConfigSource& source);

// Checks the `role` row with the number `index` in this text. id_base: the first id of the site. The caller passes it,
// because another text of the configuration may set it.
Status CheckRow(const ConfigSource& source, int index, std::uint32_t id_base);

}  // namespace zoobar
