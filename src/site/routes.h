// Which role serves a path: an exact path, or a prefix ending in "/"; the longest that fits wins. No regular
// expressions: a table that can be read at a glance cannot be fooled by a clever path, and routes steer, they do not
// protect.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config.pb.h"
#include "ipc/result.h"
#include "options.pb.h"

namespace zoobar {

class RouteTable {
 public:
  // From the rows of a completed configuration. Only app and static serve paths; an error names another row's route.
  static Result<RouteTable> From(const Config& config);

  // ROLE_UNSPECIFIED where no route fits. `path` is decoded.
  Role Find(std::string_view path) const;

 private:
  struct Route {
    std::string path;
    Role role;
  };
  std::vector<Route> routes_;  // longest first
};

}  // namespace zoobar
