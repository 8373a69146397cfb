#!python
# Asks for the machine's interfaces and routes, and changes them, through the only socket that it has.
# Wall: a separate list of the requests of ioctl
# Expect: done
# Output: ^0x8912: EPERM$
# Denied: ioctl=12
import socket

room = ctypes.create_string_buffer(256)
for request in (0x8912, 0x8913, 0x8914, 0x8927, 0x8946, 0x89F0, 0x8901, 0x8902, 0x8904, 0x890B, 0x894C, 0x8982):
    raw(f"{request:#x}", 16, 3, request, room)
