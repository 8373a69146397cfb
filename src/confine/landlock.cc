#include "confine/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "ipc/fd.h"

namespace zoobar {
namespace {

// Debian 12's <linux/landlock.h> knows ABI 2 only. These values are from newer kernels' headers.
constexpr std::uint64_t kTruncate = 1ull << 14;       // ABI 3
constexpr std::uint64_t kIoctlDev = 1ull << 15;       // ABI 5
constexpr std::uint64_t kBindAndConnectTcp = 3;       // ABI 4
constexpr std::uint64_t kAbstractAndSignalScope = 3;  // ABI 6

// The kernel's struct landlock_ruleset_attr as it is in ABI 6. Older ABIs have fewer fields, so the kernel is told the
// size that its own ABI knows.
struct RulesetAttr {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite =
    kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | kTruncate;
constexpr std::uint64_t kHome = kWrite | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

std::uint64_t FileRights(int abi) {
  std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // every right of ABI 1
  if (abi >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) all |= kTruncate;
  if (abi >= 5) all |= kIoctlDev;
  return all;
}

std::uint64_t RightsFor(LandlockUse use) {
  switch (use) {
    case LandlockUse::kHome:
      return kHome;
    case LandlockUse::kStore:
      return kWrite;
    case LandlockUse::kRead:
      break;
  }
  return kRead;
}

}  // namespace

int LandlockAbi() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

NoLandlock WhyNoLandlock() {
  if (LandlockAbi() > 0) return {};
  if (errno == ENOSYS) return {"Landlock: this kernel has none", "use Linux 6.1 or newer, built with Landlock"};
  if (errno == EOPNOTSUPP) return {"Landlock is switched off", "add landlock to lsm= on the kernel's command line"};
  return {Error::FromErrno("Landlock is refused, as by the system-call filter of a container").text,
          "let the container make the calls landlock_create_ruleset, landlock_add_rule and landlock_restrict_self "
          "(systemd-nspawn: --system-call-filter=)"};
}

Status RestrictWithLandlock(const std::vector<LandlockFolder>& folders) {
  const int abi = LandlockAbi();
  if (abi < 1) {
    const NoLandlock none = WhyNoLandlock();
    return Error::Of("{}; {}", none.why, none.remedy);
  }
  const std::uint64_t handled = FileRights(abi);
  RulesetAttr attr{handled, abi >= 4 ? kBindAndConnectTcp : 0, abi >= 6 ? kAbstractAndSignalScope : 0};
  const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  Fd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, size, 0)));
  if (!ruleset) return Error::FromErrno("landlock_create_ruleset");
  for (const LandlockFolder& folder : folders) {
    Fd directory(open(folder.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return Error::FromErrno("Landlock: " + folder.path);
    landlock_path_beneath_attr rule{};
    rule.allowed_access = RightsFor(folder.use) & handled;
    rule.parent_fd = directory.get();
    if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
      return Error::FromErrno("landlock_add_rule: " + folder.path);
    }
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return Error::FromErrno("landlock_restrict_self");
  return {};
}

}  // namespace zoobar
