#!python
# Mounts the same with the newer system calls, which work on descriptors.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^fsopen: EPERM$
# Output: ^mount_setattr: EPERM$
# Denied: fsopen=1 fsconfig=1 fsmount=1 fspick=1 open_tree=2 move_mount=2 mount_setattr=1
attributes = (ctypes.c_uint64 * 4)(0, 0x8, 0, 0)
raw("fsopen", 430, b"proc", 0)
raw("fsconfig", 431, 3, 6, None, None, 0)
raw("fsmount", 432, 3, 0, 0)
raw("fspick", 433, -100, b"/", 0)
raw("open_tree", 428, -100, b"/", 0x8001)
raw("open_tree of a descriptor", 428, 3, b"", 0x9001)
raw("move_mount", 429, -100, LIBRARY.encode(), -100, b"/", 0)
raw("move_mount of a descriptor", 429, 3, b"", -100, b"/", 4)
raw("mount_setattr", 442, -100, LIBRARY.encode(), 0, ctypes.byref(attributes), 32)
