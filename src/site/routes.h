// Which role serves a path. A route is an exact path, or a prefix that ends in "/". The longest route that matches
// wins. There are no regular expressions, so that nobody can construct a path that matches unexpectedly. Routes only
// direct requests; they protect nothing.
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
  // From the rows of a completed configuration. An Error when a role other than app and static has a route, or when a
  // route does not start with "/".
  static Result<RouteTable> From(const Config& config);

  // ROLE_UNSPECIFIED when no route matches. `path` is already decoded.
  Role Find(std::string_view path) const;

 private:
  struct Route {
    std::string path;
    Role role;
  };
  std::vector<Route> routes_;  // longest first
};

}  // namespace zoobar
