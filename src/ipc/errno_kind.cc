#include "ipc/errno_kind.h"

#include <cerrno>

namespace zoobar {
namespace {

// Error numbers of LMDB, copied from lmdb.h, which only src/store includes. A test in test/store compares them with
// lmdb.h.
enum Lmdb : int { kKeyExists = -30799, kNotFound = -30798, kMapFull = -30792, kBadValueSize = -30781 };

}  // namespace

ErrnoKind KindOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:  // a part of the path is a file, so nothing is below it
    case kNotFound:
      return ErrnoKind::kMissing;

    case EPERM:
    case EACCES:
    case EROFS:
    case ELOOP:  // a symbolic link, where links are not followed
    case EXDEV:  // openat2: the path leads out of the folder, or to another file system
    case EISDIR:
    case ENOTEMPTY:
    case EEXIST:
    case ENAMETOOLONG:
    case EILSEQ:  // the name is not valid in the file system's encoding
    case ENXIO:   // a socket, a pipe without a reader, a device without a driver
    case ENODEV:
    case EFBIG:      // the file would be larger than the limit for one file
    case EOVERFLOW:  // the file's size does not fit into its type
    case kKeyExists:
    case kBadValueSize:
      return ErrnoKind::kRefused;

    default:
      return ErrnoKind::kUnavailable;
  }
}

bool SaysNoRoom(int error) { return error == ENOSPC || error == EDQUOT || error == kMapFull; }

}  // namespace zoobar
