// The devices that runs have: /dev/null, /dev/zero, /dev/full, /dev/random and /dev/urandom.
//
// They are device files of zoobar's own, on a file system of their own, and not the machine's files. Whoever may open a
// file can lock it (flock, fcntl), so a run could hold up programs of the machine that lock the machine's /dev/null.
#pragma once

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Makes the device files in an empty directory, readable and writable for every id. A file that cannot be opened
// afterwards is removed again: a machine or container may refuse to make devices, or mounts the directory's file system
// with nodev. The caller must be root. `directory` stays the caller's.
Status MakeDevices(const Fd& directory);

// Returns a new file system, as a detached mount, that holds the device files and nothing else. The mount is read-only,
// nosuid and noexec: a device can be read and written there, but its file cannot be changed, removed or mapped as code.
// The caller must be root.
Result<Fd> DevicesMount();

}  // namespace zoobar
