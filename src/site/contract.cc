#include "site/contract.h"

#include <fmt/format.h>
#include <sodium.h>

#include "site/control.h"
#include "store/formats.h"

namespace zoobar {
namespace {

// A number for what cannot be seen in `proto/` and in a role's grants: the order of descriptors, the meaning of bytes.
// Add one if a change of it makes an older master and a newer role misunderstand each other.
constexpr int kContractVersion = 1;

}  // namespace

std::string ContractText(const RoleSpec& spec) {
  std::string text = fmt::format("{} {} {} {}\n", kContractVersion, kControlFd, kFirstFolderFd, RoleName(spec.role));
  for (const std::string& file : ContractFiles()) text += fmt::format("{} {}\n", file.size(), file);
  for (const FolderGrant& grant : spec.privileges.folders)
    text += fmt::format("folder {}\n", static_cast<int>(grant.folder));
  for (const CapabilityGrant& grant : spec.privileges.capabilities)
    text += fmt::format("capability {}\n", grant.capability);
  for (const CallGrant& grant : spec.privileges.calls) text += fmt::format("calls {}\n", static_cast<int>(grant.calls));
  text += fmt::format("pool {} {}\n", spec.privileges.owns_pool, spec.several_instances);
  for (const StoredKind& kind : kStoredKinds) text += fmt::format("store {} {}\n", kind.name, kind.format);
  return text;
}

Bytes ContractOf(const RoleSpec& spec) {
  const std::string text = ContractText(spec);
  Bytes hash(32);
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return hash;
}

}  // namespace zoobar
