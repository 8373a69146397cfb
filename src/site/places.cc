#include "site/places.h"

#include "site/rows.h"

namespace zoobar {
namespace {

// The descriptors that a dispatcher needs for its event loop, channels, listening sockets, and descriptors that it is
// just receiving.
constexpr std::size_t kOwn = 64;

}  // namespace

DescriptorPlan DescriptorPlan::For(std::size_t wanted, std::size_t open_files) {
  DescriptorPlan plan;
  plan.files = std::clamp<std::size_t>(open_files / 32, 1, 64);
  plan.in_flight = std::clamp<std::size_t>(open_files / 4, 1, 512);
  plan.loads = std::clamp<std::size_t>(open_files / 64, 1, 16);
  const std::size_t spent = kOwn + plan.files + plan.in_flight + 2 * plan.loads;
  plan.connections = std::clamp<std::size_t>(wanted, 1, open_files > spent ? open_files - spent : 1);
  return plan;
}

std::size_t ConnectionsWanted(const Config& config, std::size_t open_files) {
  const auto instances = [](const Config::RoleConfig& row) { return std::max<std::size_t>(1, row.instances()); };
  const Config::RoleConfig& app = RowOf(config, ROLE_APP);
  std::size_t files = std::min<std::size_t>(open_files, kAppOpenFiles);
  if (app.max_open_files() > 0) files = std::min<std::size_t>(files, app.max_open_files());
  const std::size_t places = AppPlaces(files);
  // One eighth of app's places is kept free. The dispatcher no longer counts some connections on whose last response
  // app still works.
  const std::size_t served = (places - places / 8) * instances(app) / instances(RowOf(config, ROLE_DISPATCHER));
  return std::clamp<std::size_t>(config.http().connections(), 1, std::max<std::size_t>(1, served));
}

}  // namespace zoobar
