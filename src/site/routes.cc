#include "site/routes.h"

#include <algorithm>

#include "ipc/channel.h"
#include "site/places.h"

namespace zoobar {

Result<RouteTable> RouteTable::From(const Config& config) {
  RouteTable table;
  for (const Config::RoleConfig& row : config.role()) {
    const Role role = RoleByName(row.name());
    for (const std::string& path : row.route()) {
      if (role != ROLE_STATIC && std::ranges::find(kPageRoles, role) == std::end(kPageRoles))
        return Error::Of("role \"{}\" serves no pages, so it can have no route: {}", row.name(), path);
      if (path.empty() || path.front() != '/') return Error::Of("route \"{}\" does not start with \"/\"", path);
      table.routes_.push_back({path, role});
    }
  }
  std::stable_sort(table.routes_.begin(), table.routes_.end(),
                   [](const Route& a, const Route& b) { return a.path.size() > b.path.size(); });
  return table;
}

Role RouteTable::Find(std::string_view path) const {
  for (const Route& route : routes_) {
    const bool prefix = route.path.back() == '/' && path.substr(0, route.path.size()) == route.path;
    if (prefix || path == route.path) return route.role;
  }
  return ROLE_UNSPECIFIED;
}

}  // namespace zoobar
