// What a configuration may say: numbers in their bounds, addresses that exist, ids inside the site's range. Each Error
// starts with the place (NAME:LINE:COLUMN) of what it refuses.
#pragma once

#include <cstdint>

#include "ipc/result.h"
#include "master/config_source.h"

namespace zoobar {

// Everything in this text but its `role` rows.
Status CheckNumbersAndListeners(const ConfigSource& source);

// The row number `index` of this text. id_base: of the whole configuration, which another text may set.
Status CheckRow(const ConfigSource& source, int index, std::uint32_t id_base);

}  // namespace zoobar
