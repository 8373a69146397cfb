#!python
# Asks clone for processes and namespaces, together with the flags of a thread.
# Wall: clone is allowed only with the flags of a thread, compared in all 64 bits; clone3 is answered ENOSYS
# Expect: done
# Output: ^a process: EPERM$
# Output: ^clone3: ENOSYS$
# Denied: clone=12
thread = 0x10000 | 0x100 | 0x200 | 0x400 | 0x800 | 0x40000
for what, flags in (("a process", 17), ("that shares memory", 0x100 | 17), ("a sibling", 0x8000 | 17),
                    ("traced", thread | 0x2000), ("a thread unlike ours", thread & ~0x200),
                    ("users", thread | 0x10000000), ("a network", thread | 0x40000000), ("mounts", thread | 0x20000),
                    ("pids", thread | 0x20000000), ("a control group", thread | 0x02000000),
                    ("a thread with high bits", thread | 1 << 33), ("a time", thread | 0x80)):
    raw(what, 56, flags, 0, 0, 0, 0)
arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
raw("clone3", 435, ctypes.byref(arguments), 88)
