#include "ipc/errno_kind.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <set>

namespace zoobar {
namespace {

TEST(ErrnoKindOfLmdb, EachOfItsErrorsHasItsKind) {
  for (int error = MDB_KEYEXIST; error <= MDB_LAST_ERRCODE; ++error) {
    const ErrnoKind expected = error == MDB_NOTFOUND                               ? ErrnoKind::kMissing
                               : error == MDB_KEYEXIST || error == MDB_BAD_VALSIZE ? ErrnoKind::kRefused
                                                                                   : ErrnoKind::kUnavailable;
    EXPECT_EQ(KindOfErrno(error), expected) << mdb_strerror(error);
    EXPECT_EQ(SaysNoRoom(error), error == MDB_MAP_FULL) << mdb_strerror(error);
  }
}

}  // namespace
}  // namespace zoobar
