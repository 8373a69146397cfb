// The devices that runs have: /dev/null, /dev/zero, /dev/full, /dev/random and /dev/urandom.
//
// They are device files of zoobar's own, on a file system of their own, and not the machine's files. Whoever may open a
// file can lock it (flock, fcntl), so a run could hold up programs of the machine that lock the machine's /dev/null.
//
// In a user namespace nobody may make a device. The master is in one from the start where a container has not given it
// CAP_SYS_ADMIN (AllowMounts). Then runs get the container's devices, and can hold up what locks these.
#pragma once

#include <string>
#include <vector>

#include "confine/namespaces.h"
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

// Returns the mounts that put the devices at `path` of the master's root: DevicesMount, or where no device can be made,
// a file system with an empty file for each device, on which the container's own device is mounted.
Result<std::vector<Placed>> PlaceDevices(const std::string& path);

}  // namespace zoobar
