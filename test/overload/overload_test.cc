// Greedy clients ask for ten times what the site can serve of one bounded resource, from one principal and from fifty,
// while an honest member does a fixed round. bench/overload_bench.cc measures the same.
#include "overload/overload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace zoobar::overload {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kConnections = 100;
constexpr int kRounds = 5;

class Overload : public testing::TestWithParam<std::tuple<std::size_t, int>> {};

TEST_P(Overload, LeavesAnHonestMemberTheirServiceAndNobodyIsAccused) {
  const auto [index, principals] = GetParam();
  LiveSite site;
  site.settings = Settings();
  ASSERT_TRUE(site.Start()) << site.Output();
  Honest honest(site);
  ASSERT_EQ(honest.Round(), "");
  const std::vector<RoleProcess> before = site.Roles();
  {
    const Load load(site, Resources()[index], principals, kConnections, honest.name());
    ASSERT_TRUE(Eventually([&] { return load.served() + load.refused() >= 50; }));
    for (int round = 0; round < kRounds; ++round) EXPECT_EQ(honest.Round(), "") << "round " << round;
    EXPECT_TRUE(Eventually([&] { return load.served() > 0; }));
  }
  EXPECT_EQ(honest.Round(), "") << "after the load";
  const std::vector<RoleProcess> after = site.Roles();
  for (const RoleProcess& role : before) {
    if (role.name == "interpreter") continue;  // it is replaced from time to time
    EXPECT_EQ(site.PidOf(role.name) == role.pid ||
                  std::any_of(after.begin(), after.end(), [&](const auto& now) { return now.pid == role.pid; }),
              true)
        << role.name << " was started again";
  }
  EXPECT_THAT(site.Output(), Not(HasSubstr("peer-misbehaved")));
  EXPECT_EQ(site.Stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Resources, Overload,
                         testing::Combine(testing::Range(std::size_t{0}, Resources().size()), testing::Values(1, 50)),
                         [](const testing::TestParamInfo<Overload::ParamType>& param) {
                           std::string name = Resources()[std::get<0>(param.param)].name;
                           std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                           return name + "From" + std::to_string(std::get<1>(param.param));
                         });

}  // namespace
}  // namespace zoobar::overload
