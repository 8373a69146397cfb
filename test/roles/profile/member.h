// Member ids for tests.
#pragma once

#include <string>
#include <string_view>

#include "site/ticket.h"

namespace zoobar {

// A member id that begins with the name.
inline std::string Member(std::string_view name) {
  std::string id(name);
  id.resize(kMemberIdSize, '.');
  return id;
}

}  // namespace zoobar
