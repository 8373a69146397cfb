#include "ipc/errno_kind.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace zoobar {
namespace {

constexpr int kLast = EHWPOISON;  // the last errno of Linux

const std::set<int> kMissingOnes = {ENOENT, ENOTDIR};
const std::set<int> kRefusedOnes = {EPERM,  EACCES,       EROFS,  ELOOP, EXDEV,  EISDIR, ENOTEMPTY,
                                    EEXIST, ENAMETOOLONG, EILSEQ, ENXIO, ENODEV, EFBIG,  EOVERFLOW};

TEST(ErrnoKind, EveryErrnoOfLinuxHasTheKindThisListGivesIt) {
  for (int error = 1; error <= kLast; ++error) {
    const ErrnoKind expected = kMissingOnes.count(error)   ? ErrnoKind::kMissing
                               : kRefusedOnes.count(error) ? ErrnoKind::kRefused
                                                           : ErrnoKind::kUnavailable;
    EXPECT_EQ(KindOfErrno(error), expected) << error << ": " << std::strerror(error);
  }
}

TEST(ErrnoKind, AWantOfResourcesIsNeverAnAnswer) {
  for (int error :
       {EMFILE, ENFILE, ENOMEM,    ENOSPC,  EDQUOT,   EIO,       EAGAIN,    EINTR,     EBUSY,  ENOBUFS,
        ENOLCK, ESTALE, ETIMEDOUT, ETXTBSY, ENETDOWN, EHOSTDOWN, EREMOTEIO, ENOMEDIUM, EMLINK, ETOOMANYREFS}) {
    EXPECT_EQ(KindOfErrno(error), ErrnoKind::kUnavailable) << std::strerror(error);
  }
}

// If a call was made wrongly, or does not exist in this kernel, that says nothing about the thing either.
TEST(ErrnoKind, AMistakeOfTheProgramIsNeverAnAnswer) {
  for (int error : {EINVAL, E2BIG, EFAULT, EBADF, ENOSYS, EOPNOTSUPP, ESRCH, EDEADLK}) {
    EXPECT_EQ(KindOfErrno(error), ErrnoKind::kUnavailable) << std::strerror(error);
  }
}

TEST(ErrnoKind, ANumberNobodyKnowsIsUnavailable) {
  for (int error : {0, kLast + 1, 4095, 100000, -1, -30000}) {
    EXPECT_EQ(KindOfErrno(error), ErrnoKind::kUnavailable) << error;
  }
}

TEST(ErrnoKind, NoRoomIsToldApart) {
  for (int error = 1; error <= kLast; ++error) {
    EXPECT_EQ(SaysNoRoom(error), error == ENOSPC || error == EDQUOT) << std::strerror(error);
  }
}

}  // namespace
}  // namespace zoobar
