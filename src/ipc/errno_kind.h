// What a failed system call, or a failed call of LMDB, says about the thing that was asked for. The one table: whoever
// turns an error into an answer asks here, so that a want of resources never becomes an answer about the thing.
#pragma once

namespace zoobar {

enum class ErrnoKind {
  // The thing cannot be had in this way: not permitted, a link, the wrong kind, a name too long. An answer.
  kRefused,
  // It is not there. An answer.
  kMissing,
  // Nothing is known about it: descriptors, memory, room, the device or the time are wanting, or this program is
  // mistaken. Never an answer about the thing, and never to be remembered; to be asked again later.
  kUnavailable,
};

// error: an errno, or one of LMDB's negative numbers. What is not in the table is kUnavailable.
ErrnoKind KindOfErrno(int error);

// Whether it says that there is no room left: on the disk, in the quota, in LMDB's map.
bool SaysNoRoom(int error);

}  // namespace zoobar
