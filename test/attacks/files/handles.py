#!python
# Opens a file by its handle, without a path. This was a way out of containers that shared a file system.
# Wall: the list of system calls has neither call
# Expect: done
# Output: ^name_to_handle_at: EPERM$
# Output: ^open_by_handle_at: EPERM$
# Denied: name_to_handle_at=1 open_by_handle_at=8
class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("bytes", ctypes.c_uint32 * 32)]


handle, mount = Handle(128), ctypes.c_int()
raw("name_to_handle_at", 303, -100, b"/", ctypes.byref(handle), ctypes.byref(mount), 0)
for inode in (1, 2, 3, 128):
    for start in (0, 3):
        handle = Handle(8, 1, (ctypes.c_uint32 * 32)(inode, 0))
        raw("open_by_handle_at", 304, start, ctypes.byref(handle), os.O_RDONLY)
