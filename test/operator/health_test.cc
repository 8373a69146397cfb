// Which statuses of a site are well, and when a restart may help.
#include "operator/health.h"

#include <gtest/gtest.h>

#include "operator/exit_status.h"

namespace zoobar {
namespace {

StatusReply TwoRoles() {
  StatusReply status;
  for (const Role role : {ROLE_BANK, ROLE_ECHO}) {
    StatusReply::Member& member = *status.add_roles();
    member.mutable_entry()->set_role(role);
    member.set_answers(true);
  }
  return status;
}

TEST(HealthTest, ASiteIsWellIfEveryRoleAnswers) {
  EXPECT_EQ(HealthOf(TwoRoles()), kCtlOk);
  EXPECT_EQ(LifeOf(TwoRoles()), kCtlOk);
}

TEST(HealthTest, ARoleThatDoesNotAnswerIsAFaultThatARestartMayMend) {
  StatusReply status = TwoRoles();
  status.mutable_roles(1)->set_answers(false);
  EXPECT_EQ(HealthOf(status), kCtlBad);
  EXPECT_EQ(LifeOf(status), kCtlBad);
  EXPECT_EQ(LifeOf(StatusReply()), kCtlBad) << "no role at all";
}

TEST(HealthTest, ARestartDoesNotMendADrainOrACertificateThatEndsSoon) {
  StatusReply draining = TwoRoles(), ending = TwoRoles();
  draining.set_draining(true);
  ending.add_certificates()->set_ends_soon(true);
  for (const StatusReply& status : {draining, ending}) {
    EXPECT_EQ(HealthOf(status), kCtlBad);
    EXPECT_EQ(LifeOf(status), kCtlOk);
  }
}

}  // namespace
}  // namespace zoobar
