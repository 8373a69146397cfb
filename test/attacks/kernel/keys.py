#!python
# Keeps and reads keys in the kernel's rings, which outlive a process and may be shared by all of one id.
# Wall: the list of system calls has none of the calls
# Expect: done
# Output: ^add_key: EPERM$
# Output: ^keyctl 0: EPERM$
# Denied: add_key=1 request_key=1 keyctl=10
raw("add_key", 248, b"user", b"left", b"behind", 6, -4)
raw("request_key", 249, b"user", b"left", None, -4)
for operation in (0, 1, 3, 5, 6, 10, 11, 18, 22, 31):
    raw(f"keyctl {operation}", 250, operation, -3, 0, 0, 0)
