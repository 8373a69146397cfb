#!python
# Takes capabilities, and tries to keep them when they would be dropped.
# Wall: the list of system calls has neither capset nor these uses of prctl
# Expect: done
# Output: ^capset: EPERM$
# Output: ^ambient: EPERM$
# Denied: capget=1 capset=2 prctl=6
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
raw("capget", 125, ctypes.byref(head), ctypes.byref(data))
raw("capset", 126, ctypes.byref(head), ctypes.byref((ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)))
raw("capset of nothing", 126, ctypes.byref(head), ctypes.byref((ctypes.c_uint32 * 6)()))
for what, option, argument in (("ambient", 47, 2), ("keep", 8, 1), ("secure bits", 28, 0), ("bounding", 24, 21),
                               ("is it there", 23, 21), ("read the bits", 27, 0)):
    raw(what, 157, option, argument, 21, 0, 0)
