// What changes when a running site reads another configuration, at once or only after a restart; and a configuration as
// text.
#pragma once

#include <string>
#include <vector>

#include "config.pb.h"

namespace zoobar {

// Returns the configuration that a site with the configuration `now` uses after it has read `wanted`. Only some parts can
// change while a site runs. The others (listeners, certificates, ids, folders, stores) are fixed when the master gives up
// root. Both arguments must come from CompleteConfig.
Config AfterReload(const Config& now, const Config& wanted);

struct ConfigChange {
  std::string field;          // "auth.min_password_length", "listen[1]", "role[bank].instances"
  std::string before, after;  // as configuration text; empty: the field is not there
  bool needs_restart = false;
};

// Returns the fields in which `wanted` differs from `now`, in the order of config.proto. A field whose value is its
// default does not differ from one that is not set.
std::vector<ConfigChange> ConfigChanges(const Config& now, const Config& wanted);

// Returns the configuration as text in which every default is written out.
std::string ConfigText(Config config);

}  // namespace zoobar
