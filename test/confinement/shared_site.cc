#include "confinement/shared_site.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

std::unique_ptr<LiveSite> shared_site;

class EndsShared : public testing::Environment {
 public:
  void TearDown() override { shared_site.reset(); }
};
[[maybe_unused]] const testing::Environment* const kEndsShared = testing::AddGlobalTestEnvironment(new EndsShared);

}  // namespace

std::unique_ptr<LiveSite> StartSite() {
  auto site = std::make_unique<LiveSite>();
  site->settings.clear();
  site->kills_expected = true;
  EXPECT_TRUE(site->Start()) << site->Output();
  return site;
}

LiveSite& SharedSite() {
  if (!shared_site) shared_site = StartSite();
  return *shared_site;
}

}  // namespace zoobar
