// What the errno of a failed system call, or of a failed call of LMDB, says about the thing that was asked for. Code
// that turns an error into an answer uses this table. Otherwise a lack of resources could become an answer about the
// thing.
#pragma once

namespace zoobar {

enum class ErrnoKind {
  // The thing cannot be had in this way: not permitted, a link, the wrong kind, a name that is too long. This is an
  // answer about the thing.
  kRefused,
  // The thing is not there. This is an answer too.
  kMissing,
  // Nothing is known about the thing: descriptors, memory, space, the device or time are missing, or this program has a
  // bug. It is no answer about the thing and must not be cached. The caller may ask again later.
  kUnavailable,
};

// `error`: an errno, or a negative number of LMDB. A number that is not in the table is kUnavailable.
ErrnoKind KindOfErrno(int error);

// Whether the error means that there is no space left: on the disk, in the quota, or in LMDB's map.
bool SaysNoRoom(int error);

}  // namespace zoobar
