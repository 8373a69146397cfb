#include "site/places.h"

#include <sys/resource.h>

#include <iterator>

#include "ipc/result.h"
#include "site/rows.h"

namespace zoobar {
namespace {

// The descriptors that a dispatcher needs for its event loop, channels, listening sockets, and descriptors that it is
// just receiving.
constexpr std::size_t kOwn = 64;

}  // namespace

std::size_t OpenFilesOr(std::size_t open_files) {
  rlimit limit{};
  if (open_files == 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) Die("RLIMIT_NOFILE cannot be read");
  return open_files != 0 ? open_files : static_cast<std::size_t>(limit.rlim_cur);
}

DescriptorPlan DescriptorPlan::For(std::size_t wanted, std::size_t open_files) {
  DescriptorPlan plan;
  plan.files = std::clamp<std::size_t>(open_files / 32, 1, 64);
  plan.in_flight = std::clamp<std::size_t>(open_files / (4 * std::size(kPageRoles)), 1, 512);
  plan.loads = std::clamp<std::size_t>(open_files / 64, 1, 16);
  const std::size_t spent = kOwn + plan.files + std::size(kPageRoles) * plan.in_flight + 2 * plan.loads;
  plan.connections = std::clamp<std::size_t>(wanted, 1, open_files > spent ? open_files - spent : 1);
  return plan;
}

std::size_t ConnectionsWanted(const Config& config, std::size_t open_files) {
  const auto instances = [](const Config::RoleConfig& row) { return std::max<std::size_t>(1, row.instances()); };
  std::size_t served = open_files;
  for (const Role role : kPageRoles) {
    const Config::RoleConfig& row = RowOf(config, role);
    std::size_t files = std::min<std::size_t>(open_files, kPageOpenFiles);
    if (row.max_open_files() > 0) files = std::min<std::size_t>(files, row.max_open_files());
    const std::size_t places = PagePlaces(files);
    // One eighth of the role's places is kept free. The dispatcher no longer counts some connections on whose last
    // response the role still works.
    served = std::min(served, (places - places / 8) * instances(row) / instances(RowOf(config, ROLE_DISPATCHER)));
  }
  return std::clamp<std::size_t>(config.http().connections(), 1, std::max<std::size_t>(1, served));
}

}  // namespace zoobar
