// Each store can be opened by its owner, and by no other role.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "confinement/expected_roles.h"
#include "confinement/role_calls.h"
#include "confinement/shared_site.h"
#include "ipc/channel.h"

namespace zoobar {
namespace {

bool IsNoEntry(long answer) { return answer == -ENOENT || answer == -EACCES; }

void CannotOpenStoreOf(Role who, Role owner) {
  const pid_t others = SharedSite().ConfinedPid(owner);
  Debugger debugger(SharedSite().ConfinedPid(who));
  const std::string name(RoleName(owner));
  for (const std::string& path : {
           "/folders/" + name + "/data.mdb",
           "/store/../folders/" + name + "/data.mdb",
           "/store/../../" + name + "/store/data.mdb",
           SharedSite().state() + "/" + name + "/store/data.mdb",
           Proc(others, "root/store/data.mdb"),
       }) {
    EXPECT_TRUE(IsNoEntry(AnswerOf(debugger, SYS_openat, {AT_FDCWD, path, O_RDWR}))) << path;
  }
}

TEST(AuthConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_AUTH, ROLE_BANK); }
TEST(AuthConfinement, CannotOpenProfileStore) { CannotOpenStoreOf(ROLE_AUTH, ROLE_PROFILE); }
TEST(BankConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_BANK, ROLE_AUTH); }
TEST(BankConfinement, CannotOpenProfileStore) { CannotOpenStoreOf(ROLE_BANK, ROLE_PROFILE); }
TEST(ProfileConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_PROFILE, ROLE_AUTH); }
TEST(ProfileConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_PROFILE, ROLE_BANK); }
TEST(KeysConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_KEYS, ROLE_AUTH); }
TEST(KeysConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_KEYS, ROLE_BANK); }
TEST(BankConfinement, CannotOpenNotaryStore) { CannotOpenStoreOf(ROLE_BANK, ROLE_NOTARY); }
TEST(NotaryConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_NOTARY, ROLE_BANK); }
TEST(CourseConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_COURSE, ROLE_AUTH); }
TEST(CourseConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_COURSE, ROLE_BANK); }
TEST(NotaryConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_NOTARY, ROLE_AUTH); }
TEST(AuthConfinement, CannotOpenKeysStore) { CannotOpenStoreOf(ROLE_AUTH, ROLE_KEYS); }
TEST(StaticConfinement, CannotOpenAnyStore) {
  for (Role owner : {ROLE_AUTH, ROLE_BANK, ROLE_PROFILE, ROLE_KEYS, ROLE_NOTARY}) CannotOpenStoreOf(ROLE_STATIC, owner);
}

TEST(StoreConfinement, OwnersUseTheirOwn) {
  for (const Expected& expected : kExpected) {
    if (!KeepsAStore(expected)) continue;
    Debugger debugger(SharedSite().ConfinedPid(expected.role));
    const long data = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/store/data.mdb", O_RDWR});
    EXPECT_GE(data, 0) << RoleName(expected.role);
    if (data < 0) continue;
    EXPECT_EQ(AnswerOf(debugger, SYS_close, {data}), 0);
    const long made = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/store/new", O_CREAT | O_RDWR, 0600});
    EXPECT_GE(made, 0) << RoleName(expected.role);
    if (made >= 0) {
      EXPECT_EQ(AnswerOf(debugger, SYS_write, {made, std::string("text"), 4}), 4);
      // No program can be executed from a store: it is mounted noexec, and execve kills.
      EXPECT_EQ(AnswerOf(debugger, SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, made, 0}) & 4095, 0);
      EXPECT_EQ(AnswerOf(debugger, SYS_close, {made}), 0);
    }
    const std::string mounts = ReadWhole(Proc(SharedSite().ConfinedPid(expected.role), "mountinfo"));
    EXPECT_NE(mounts.find(" /store rw,nosuid,nodev,noexec"), std::string::npos) << mounts;
  }
  EXPECT_TRUE(SharedSite().Answers());
}

}  // namespace
}  // namespace zoobar
