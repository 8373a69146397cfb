#!python
# Makes namespaces of its own, in which it would be root, and enters those of others.
# Wall: the list of system calls has neither unshare nor setns
# Expect: done
# Output: ^unshare 0x10000000: EPERM$
# Output: ^setns: EPERM$
# Denied: unshare=10 setns=4
for flag in (0x80, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x7E020080, 0):
    raw(f"unshare {flag:#x}", 272, flag)
for fd in range(4):
    raw("setns", 308, fd, 0)
