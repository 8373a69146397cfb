#include <gtest/gtest.h>

#include "ipc/channel.h"

namespace zoobar {
namespace {

TEST(Methods, EachHasCallersAndSpellsItsOwnName) {
  for (const Method& method : AllMethods()) {
    EXPECT_NE(method.callers, 0u) << method.name();
    EXPECT_EQ(MethodByNumber(method.number), &method);
    EXPECT_EQ(&MethodForRequest(method.descriptor->input_type()), &method);
  }
}

TEST(Methods, OnlyPairsThatMayCallAreWired) {
  EXPECT_TRUE(MayTalk(ROLE_APP, ROLE_BANK));
  EXPECT_TRUE(MayTalk(ROLE_ECHO, ROLE_APP));
  EXPECT_FALSE(MayTalk(ROLE_STATIC, ROLE_BANK));
  EXPECT_FALSE(MayTalk(ROLE_DISPATCHER, ROLE_AUTH));
  EXPECT_FALSE(MayTalk(ROLE_SANITIZER, ROLE_AUTH));
}

}  // namespace
}  // namespace zoobar
