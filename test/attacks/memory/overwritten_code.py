#!python
# Overwrites the machine code of the C library and of Python in its own memory. Other processes have mapped the same
# pages.
# Wall: these pages are private to each process
# Expect: done
# Output: ^patched: 4711$
page, code = 4096, b"\xb8\x67\x12\x00\x00\xc3"  # mov eax, 4711; ret
for library, name in ((libc, "getpid"), (libc, "getppid"), (ctypes.pythonapi, "PyOS_BeforeFork")):
    place = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    if call(10, place & -page, 2 * page, 7) == 0:
        ctypes.memmove(place, code, len(code))
print("patched:", libc.getpid())
#!python
# Owner: neighbour
# Expect: done
# Output: ^getpid: 1$
print("getpid:", libc.getpid())
