#include "roles/console/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "roles/console/calls.h"

namespace zoobar {
namespace {

std::set<Role> EveryRole() {
  std::set<Role> roles;
  for (int i = 1; i < Role_ARRAYSIZE; ++i) {
    if (i != ROLE_OPERATOR) roles.insert(static_cast<Role>(i));
  }
  return roles;
}

TEST(ShownCalls, AreThePermissionsWithoutHealthAndLogLines) {
  EXPECT_TRUE(ShownCalls().contains({ROLE_APP, ROLE_BANK}));
  EXPECT_TRUE(ShownCalls().contains({ROLE_ADMIN, ROLE_LOGGER})) << "Recent is no log line";
  EXPECT_FALSE(ShownCalls().contains({ROLE_BANK, ROLE_LOGGER})) << "each role writes log lines";
  EXPECT_FALSE(ShownCalls().contains({ROLE_METRICS, ROLE_BANK})) << "metrics asks each role for its health";
  EXPECT_FALSE(ShownCalls().contains({ROLE_BANK, ROLE_APP}));
  EXPECT_TRUE(IsShown("Bank.Transfer"));
  EXPECT_FALSE(IsShown("Health.Report"));
  EXPECT_FALSE(IsShown("Logger.Write"));
  EXPECT_FALSE(IsShown("Bank.NoSuchMethod"));
}

TEST(LayOut, EveryRoleHasAPlaceOfItsOwnInsideThePicture) {
  const Picture picture = LayOut(EveryRole());
  EXPECT_EQ(picture.nodes.size(), EveryRole().size());
  for (const Picture::Node& node : picture.nodes) {
    EXPECT_GE(node.x, 0);
    EXPECT_GE(node.y, 0);
    EXPECT_LE(node.x + Picture::kNodeWidth, picture.width) << RoleName(node.role);
    EXPECT_LE(node.y + Picture::kNodeHeight, picture.height) << RoleName(node.role);
    for (const Picture::Node& other : picture.nodes) {
      if (&node == &other) continue;
      EXPECT_TRUE(std::abs(node.x - other.x) >= Picture::kNodeWidth ||
                  std::abs(node.y - other.y) >= Picture::kNodeHeight)
          << RoleName(node.role) << " lies on " << RoleName(other.role);
    }
  }
}

TEST(LayOut, EveryPermissionIsOneArrowAndCallersStandToTheLeft) {
  const Picture picture = LayOut(EveryRole());
  std::map<Role, int> x;
  for (const Picture::Node& node : picture.nodes) x[node.role] = node.x;
  std::set<std::pair<Role, Role>> drawn;
  for (const Picture::Arrow& arrow : picture.arrows) {
    drawn.insert({arrow.from, arrow.to});
    const auto back = ShownCalls().find({arrow.to, arrow.from});
    if (back == ShownCalls().end()) {
      EXPECT_LT(x[arrow.from], x[arrow.to]) << RoleName(arrow.from) << " calls " << RoleName(arrow.to);
    }
    EXPECT_THAT(arrow.path, testing::MatchesRegex("M[-0-9. ]+C[-0-9. ]+"));
  }
  EXPECT_EQ(drawn.size(), ShownCalls().size());
  EXPECT_EQ(drawn.size(), picture.arrows.size());
}

TEST(LayOut, RolesThatTheSiteDoesNotHaveAreLeftOut) {
  const Picture picture = LayOut({ROLE_APP, ROLE_BANK, ROLE_MASTER});
  EXPECT_EQ(picture.nodes.size(), 3u);
  ASSERT_EQ(picture.arrows.size(), 1u);
  EXPECT_EQ(picture.arrows[0].from, ROLE_APP);
  EXPECT_EQ(picture.arrows[0].to, ROLE_BANK);
}

TEST(LayOut, OneRoleAndNoneArePicturesToo) {
  EXPECT_EQ(LayOut({ROLE_ECHO}).nodes.size(), 1u);
  EXPECT_TRUE(LayOut({}).nodes.empty());
}

}  // namespace
}  // namespace zoobar
