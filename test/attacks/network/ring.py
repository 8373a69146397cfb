#!python
# Asks the kernel by io_uring and old aio for what a filter of system calls does not see: sockets, files and commands.
# Wall: the list of system calls has none of their calls
# Expect: done
# Output: ^io_uring_setup: EPERM$
# Output: ^io_submit: EPERM$
# Denied: io_uring_setup=3 io_uring_enter=1 io_uring_register=1 io_setup=1 io_submit=1 io_getevents=1 io_cancel=1
# Denied: io_destroy=1 io_pgetevents=1
room = ctypes.create_string_buffer(256)
raw("io_uring_setup", 425, 8, room)
raw("with a kernel thread", 425, 8, b"\0" * 8 + b"\2\0\0\0" + b"\0" * 108)
raw("io_uring_setup, large", 425, 1 << 15, room)
raw("io_uring_enter", 426, 3, 1, 1, 0, None, 0)
raw("io_uring_register", 427, 3, 0, None, 0)
raw("io_setup", 206, 128, room)
raw("io_submit", 209, 1, 1, room)
raw("io_getevents", 208, 1, 1, 1, room, None)
raw("io_cancel", 210, 1, room, room)
raw("io_destroy", 207, 1)
raw("io_pgetevents", 333, 1, 1, 1, room, None, None)
