#!python
# Installs a filter of its own, to deceive its own libraries, become a listener, or hide what it does from the listener.
# Wall: the list of system calls has no seccomp, and none of the options of prctl that it needs
# Expect: done
# Output: ^a filter: EPERM$
# Output: ^a listener: EPERM$
# Denied: seccomp=6 prctl=2
allow = ctypes.create_string_buffer(b"\6\0\0\0\0\0\xff\x7f")
program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(allow))
raw("strict", 317, 0, 0, None)
raw("a filter", 317, 1, 0, ctypes.byref(program))
raw("a listener", 317, 1, 8, ctypes.byref(program))
raw("for all threads", 317, 1, 1, ctypes.byref(program))
raw("is there", 317, 2, 0, ctypes.byref(ctypes.c_uint32(0x7FFF0000)))
raw("sizes", 317, 3, 0, ctypes.create_string_buffer(16))
raw("prctl", 157, 22, 2, ctypes.byref(program), 0, 0)
raw("prctl, strict", 157, 22, 1, None, 0, 0)
