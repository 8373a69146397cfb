#!python
# Opens paths above its root in every way in which openat2 can look a path up.
# Wall: the run's root is the root of its mount namespace
# Expect: done
# Output: ^way 0x10: (ENOENT|EXDEV)$
class Way(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


for resolve in (0, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20):
    for path in (b"/../../etc/shadow", b"../../../etc/shadow", b"/etc/shadow"):
        way = Way(os.O_RDONLY, 0, resolve)
        raw(f"way {resolve:#x}", 437, -100, path, ctypes.byref(way), ctypes.sizeof(way))
