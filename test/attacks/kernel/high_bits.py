#!python
# Makes calls with bits set that the filter may look at and the kernel ignores, or the other way round.
# Wall: every argument that is compared is compared in all its bits
# Expect: done
# Output: ^fcntl's command: EPERM$
# Output: ^prctl's option: EPERM$
# Denied: fcntl=3 prctl=3 clone=1 prlimit64=2
high = 1 << 32
raw("fcntl's command", 72, 3, high | 8, 1)
raw("fcntl's harmless command", 72, 3, high | 1, 0)
raw("fcntl's seals", 72, 3, high << 8 | 1033, 1)
raw("prctl's option", 157, high | 4, 1, 0, 0, 0)
raw("prctl's harmless option", 157, high | 16, ctypes.create_string_buffer(16), 0, 0, 0)
raw("prctl's all", 157, 0xFFFFFFFF_0000000F, b"x", 0, 0, 0)
raw("clone's flags", 56, high | 0x50F00, 0, 0, 0, 0)
raw("prlimit64's process", 302, high, 7, None, None)
raw("prlimit64's limit", 302, 0, 7, ctypes.byref((ctypes.c_uint64 * 2)(1, 1)), None)
