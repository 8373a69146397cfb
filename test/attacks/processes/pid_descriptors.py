#!python
# Opens processes as descriptors, and takes descriptors out of them.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^open 1: EPERM$
# Output: ^take 3 of it: EPERM$
# Denied: pidfd_open=4 pidfd_getfd=4 pidfd_send_signal=2 waitid=1 setns=1
for pid in (0, 1, 2, 4096):
    raw(f"open {pid}", 434, pid, 0)
for fd in range(4):
    raw(f"take {fd} of it", 438, 3, fd, 0)
raw("kill by it", 424, 3, 9, None, 0)
raw("kill itself by it", 424, -100, 9, None, 0)
raw("wait by it", 247, 3, 3, None, 4, None)
raw("into its namespaces", 308, 3, 0x20000000)
