#!python
# Handles page faults itself, to stop the kernel in the middle of a copy. Many exploits need that.
# Wall: the list of system calls has no userfaultfd, and the root has neither /dev nor FUSE
# Expect: done
# Output: ^userfaultfd: EPERM$
# Output: ^/dev/userfaultfd: ENOENT$
# Denied: userfaultfd=3
for flags in (0, 1, 0x80800):
    raw("userfaultfd", 323, flags)
for device in ("/dev/userfaultfd", "/dev/fuse"):
    attempt(device, os.open, device, os.O_RDWR)
