// Sorts the error numbers of system calls and of LMDB by what they tell about the thing (a file, a record) that the
// caller asked for. Code that turns an error into an answer uses this table. Without it, a lack of memory, for example,
// could become the answer that the thing does not exist.
#pragma once

namespace zoobar {

enum class ErrnoKind {
  // The thing exists or may exist, but cannot be used in this way. For example, the access is not permitted, the thing
  // is a link or has the wrong kind, or its name is too long. This is an answer about the thing.
  kRefused,
  // The thing does not exist. This is an answer about the thing, too.
  kMissing,
  // Nothing is known about the thing, because there was a lack of descriptors, memory, space or time, because the
  // device failed, or because this program has a bug. This is no answer about the thing and must not be cached. The
  // caller may ask again later.
  kUnavailable,
};

// `error`: an errno, or a negative error number of LMDB. For a number that is not in the table the result is
// kUnavailable.
ErrnoKind KindOfErrno(int error);

// Returns true if the error means that no space is left: on the disk, in the quota, or in LMDB's map.
bool SaysNoRoom(int error);

}  // namespace zoobar
