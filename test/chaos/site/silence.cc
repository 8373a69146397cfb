#include "chaos/site/silence.h"

#include <algorithm>

namespace zoobar::chaos {
namespace {

constexpr Moment kAfterKill = 1'000'000;
constexpr Moment kAfterOthers = 2'000'000;  // what waits for such a role may wait a while longer

}  // namespace

std::vector<Silence> Silences(const std::vector<Answered>& answered, const std::vector<Disturbance>& disturbances) {
  std::vector<Silence> silences;
  for (const Answered& request : answered) {
    const Disturbance* first = nullptr;
    bool other = false;
    for (const Disturbance& each : disturbances) {
      if (each.kind == Kind::kKill) {
        const bool met = each.begin <= request.returned && each.begin + kAfterKill >= request.invoked;
        if (met && !first) first = &each;
      } else {
        other = other || (each.begin <= request.returned && each.end + kAfterOthers >= request.invoked);
      }
    }
    if (first && !other) {
      silences.push_back({request.returned - std::max(request.invoked, first->begin), first->role, request});
    }
  }
  std::ranges::sort(silences, [](const Silence& a, const Silence& b) { return a.time > b.time; });
  return silences;
}

Moment LongestWait(Kind kind, const std::vector<Answered>& answered, const std::vector<Disturbance>& disturbances) {
  Moment longest = 0;
  for (const Answered& request : answered) {
    if (request.returned - request.invoked <= longest) continue;
    const bool met = std::ranges::any_of(disturbances, [&](const Disturbance& each) {
      return each.kind == kind && each.begin <= request.returned && each.end >= request.invoked;
    });
    if (met) longest = request.returned - request.invoked;
  }
  return longest;
}

}  // namespace zoobar::chaos
