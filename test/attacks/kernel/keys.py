#!python
# Stores and reads keys in the kernel's keyrings, which outlive a process, and which all processes of one id may share.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^add_key: EPERM$
# Output: ^keyctl 0: EPERM$
# Denied: add_key=1 request_key=1 keyctl=10
raw("add_key", 248, b"user", b"left", b"behind", 6, -4)
raw("request_key", 249, b"user", b"left", None, -4)
for operation in (0, 1, 3, 5, 6, 10, 11, 18, 22, 31):
    raw(f"keyctl {operation}", 250, operation, -3, 0, 0, 0)
