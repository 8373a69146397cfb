// Finds the role that serves a path. A route is an exact path, or a prefix that ends in "/". The longest route that
// matches wins. There are no regular expressions, so that nobody can construct a path that matches unexpectedly. Routes
// only direct requests; they protect nothing.
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
  // Builds the table from the rows of a completed configuration. Returns an Error if a role other than app, login
  // and static has a route, or if a route does not start with "/".
  static Result<RouteTable> From(const Config& config);

  // Returns the role that serves `path`, or ROLE_UNSPECIFIED if no route matches. `path` must be decoded already.
  Role Find(std::string_view path) const;

 private:
  struct Route {
    std::string path;
    Role role;
  };
  std::vector<Route> routes_;  // longest first
};

}  // namespace zoobar
