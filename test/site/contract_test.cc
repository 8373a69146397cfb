#include "site/contract.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, ""}};
constexpr CallGrant kSomeCalls[] = {{Calls::kLoop, ""}};
constexpr CapabilityGrant kSomeCapabilities[] = {{CAP_SETUID, ""}};

RoleSpec Spec() {
  return {.role = ROLE_BANK,
          .several_instances = false,
          .privileges = {.folders = kFolders, .calls = kSomeCalls, .limits = {.open_files = 64}},
          .make = nullptr};
}

TEST(ContractOf, IsTheSameForTheSameProgram) {
  EXPECT_EQ(ContractOf(Spec()), ContractOf(Spec()));
  EXPECT_EQ(ContractOf(Spec()).size(), 32u);
}

TEST(ContractOf, DiffersWithWhatARoleIsGranted) {
  RoleSpec role = Spec(), folders = Spec(), calls = Spec(), capabilities = Spec(), instances = Spec(), pool = Spec();
  role.role = ROLE_AUTH;
  folders.privileges.folders = {};
  calls.privileges.calls = {};
  capabilities.privileges.capabilities = kSomeCapabilities;
  instances.several_instances = true;
  pool.privileges.owns_pool = true;
  for (const RoleSpec& other : {role, folders, calls, capabilities, instances, pool})
    EXPECT_NE(ContractOf(other), ContractOf(Spec()));
}

// Else roles that go back to the program from before would refuse the stores that the newer program has renewed.
TEST(ContractOf, HasTheFormatOfEveryStore) {
  const std::string text = ContractText(Spec());
  for (const char* store : {"cred", "honey", "bank", "profile", "keys", "notary", "course"})
    EXPECT_NE(text.find(std::string("\nstore ") + store + " "), text.npos) << store;
}

TEST(ContractOf, HasEveryFileOfProto) {
  std::size_t methods = 0;
  for (const std::string& file : ContractFiles()) {
    EXPECT_FALSE(file.empty());
    methods += file.find("Transfer") != file.npos ? 1 : 0;
  }
  EXPECT_GT(ContractFiles().size(), 20u);
  EXPECT_GE(methods, 1u);
}

}  // namespace
}  // namespace zoobar
