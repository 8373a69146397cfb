#!python
# Uses the socket of its API in other ways: sets options, asks for names and for the process at the other end.
# Wall: the list of system calls can read, write and end it, and nothing more
# Expect: done
# Output: ^who is there: EPERM$
# Output: ^answered attacker of
# Denied: setsockopt=2 sendto=2 recvfrom=2 listen=1 accept=1
# Denied: accept4=1
room, size = ctypes.create_string_buffer(128), ctypes.byref(ctypes.c_uint(128))
raw("who is there", 55, 3, 1, 17, room, size)
raw("its process", 55, 3, 1, 77, room, size)
raw("a larger buffer", 54, 3, 1, 33, ctypes.byref(ctypes.c_int(1 << 30)), 4)
raw("a filter", 54, 3, 1, 26, room, 16)
raw("its name", 51, 3, room, size)
raw("the other's name", 52, 3, room, size)
raw("out of band", 44, 3, b"x", 1, 1, None, 0)
raw("fast open", 44, 3, b"x", 1, 0x20000000, None, 0)
raw("peek", 45, 3, room, 1, 2, None, None)
raw("out of band, back", 45, 3, room, 1, 1, None, None)
raw("listen", 50, 3, 1)
raw("accept", 43, 3, room, size)
raw("accept4", 288, 3, room, size, 0)
print("answered", api.call("get_self"))
