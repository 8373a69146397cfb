// How long members waited because of a killed role.
#pragma once

#include <string>
#include <vector>

#include "chaos/site/member.h"
#include "chaos/site/storm.h"

namespace zoobar::chaos {

struct Silence {
  Moment time = 0;   // in microseconds
  std::string role;  // the first one that was killed meanwhile
  Answered request;
};

// For each request that was in flight when a role was killed, or was begun within the next second: from the kill, or
// from when it was begun if that is later, until it was answered. If more roles are killed meanwhile, the time goes on.
// The longest one first. Requests that met another kind of disturbance are left out.
std::vector<Silence> Silences(const std::vector<Answered>& answered, const std::vector<Disturbance>& disturbances);

// The longest time that a request took which met a disturbance of this kind, perhaps beside others.
Moment LongestWait(Kind kind, const std::vector<Answered>& answered, const std::vector<Disturbance>& disturbances);

}  // namespace zoobar::chaos
