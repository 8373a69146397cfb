// A store's counters, as Health.Report shows them.
#pragma once

#include <cstdint>

#include "roles/role.h"
#include "store/environment.h"

namespace zoobar {

// The environment lives as long as the role.
inline void CountStore(Site& site, const Environment& environment) {
  auto count = [&](const char* name, std::uint64_t Environment::Usage::* field) {
    site.Count(name, [&environment, field] { return static_cast<std::int64_t>(environment.usage().*field); });
  };
  count("store.map_bytes", &Environment::Usage::map_bytes);
  count("store.used_bytes", &Environment::Usage::used_bytes);
  count("store.commits", &Environment::Usage::commits);
  count("store.writes", &Environment::Usage::writes);
  count("store.growths", &Environment::Usage::growths);
}

}  // namespace zoobar
