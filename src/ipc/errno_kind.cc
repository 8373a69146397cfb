#include "ipc/errno_kind.h"

#include <cerrno>

namespace zoobar {
namespace {

// Of lmdb.h, which only the room of the stores includes; test/store compares them.
enum Lmdb : int { kKeyExists = -30799, kNotFound = -30798, kMapFull = -30792, kBadValueSize = -30781 };

}  // namespace

ErrnoKind KindOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:  // a part of the path is a file: nothing is below it
    case kNotFound:
      return ErrnoKind::kMissing;

    case EPERM:
    case EACCES:
    case EROFS:
    case ELOOP:  // a link where none is followed
    case EXDEV:  // openat2: the path leaves the folder it must stay below, or its file system
    case EISDIR:
    case ENOTEMPTY:
    case EEXIST:
    case ENAMETOOLONG:
    case EILSEQ:  // a name that the file system's encoding does not have
    case ENXIO:   // a socket, a pipe that nobody reads, a device without its driver
    case ENODEV:
    case EFBIG:      // over the limit for one file
    case EOVERFLOW:  // its size does not fit
    case kKeyExists:
    case kBadValueSize:
      return ErrnoKind::kRefused;

    default:
      return ErrnoKind::kUnavailable;
  }
}

bool SaysNoRoom(int error) { return error == ENOSPC || error == EDQUOT || error == kMapFull; }

}  // namespace zoobar
