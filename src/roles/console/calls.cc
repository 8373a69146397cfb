#include "roles/console/calls.h"

#include <algorithm>
#include <set>
#include <string>

namespace zoobar {
namespace {

bool Shown(const Method& method) {
  const auto server = static_cast<Role>(method.number >> 8);
  return server != ROLE_UNSPECIFIED && !(server == ROLE_LOGGER && method.one_way);
}

}  // namespace

bool IsShown(std::string_view method) {
  static const auto names = [] {
    std::set<std::string, std::less<>> all;
    for (const Method& one : AllMethods()) {
      if (Shown(one)) all.insert(one.name());
    }
    return all;
  }();
  return names.contains(method);
}

const std::map<std::pair<Role, Role>, int>& ShownCalls() {
  static const auto calls = [] {
    std::map<std::pair<Role, Role>, int> all;
    for (const Method& method : AllMethods()) {
      if (!Shown(method)) continue;
      for (int i = 1; i < Role_ARRAYSIZE; ++i) {
        const auto caller = static_cast<Role>(i);
        if (caller != ROLE_OPERATOR && method.permits(caller)) ++all[{caller, static_cast<Role>(method.number >> 8)}];
      }
    }
    return all;
  }();
  return calls;
}

}  // namespace zoobar
