#include "operator/health.h"

#include <algorithm>

#include "operator/certificates_print.h"
#include "operator/ctl_print.h"
#include "operator/exit_status.h"

namespace zoobar {

int HealthOf(const StatusReply& status) {
  if (status.draining() || WallsAreBroken(status) || AnyDegraded(status) || AnyEndsSoon(status.certificates()))
    return kCtlBad;
  return LifeOf(status);
}

int LifeOf(const StatusReply& status) {
  const bool all_answer = std::ranges::all_of(status.roles(), [](const auto& member) { return member.answers(); });
  return all_answer && status.roles_size() > 0 ? kCtlOk : kCtlBad;
}

void PrintLife(const StatusReply& status, std::ostream& out) {
  out << (LifeOf(status) == kCtlOk ? "Every role answers.\n" : "A role does not answer; see: zoobar ctl status\n");
}

}  // namespace zoobar
