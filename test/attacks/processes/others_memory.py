#!python
# Reads and writes the memory of other processes.
# Wall: the list of system calls has none of these calls, and no other process is in its pid namespace
# Expect: done
# Output: ^read 1: EPERM$
# Output: ^advise: EPERM$
# Denied: process_vm_readv=4 process_vm_writev=4 process_madvise=1 process_mrelease=1 kcmp=2 move_pages=1
# Denied: migrate_pages=1
buffer = ctypes.create_string_buffer(64)
local = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 64)
remote = (ctypes.c_uint64 * 2)(0x400000, 64)
for pid in (0, 1, 2, 4096):
    raw(f"read {pid}", 310, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    raw(f"write {pid}", 311, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
raw("advise", 440, 3, ctypes.byref(remote), 1, 4, 0)
raw("reap", 448, 3, 0)
raw("compare descriptors", 312, 1, 2, 0, 0, 3)
raw("compare memory", 312, 1, 0, 1, 0, 0)
raw("move pages", 279, 2, 1, ctypes.byref(remote), None, None, 0)
raw("migrate pages", 256, 2, 1, ctypes.byref(remote), ctypes.byref(remote))
