#!python
# Uses ioctl for other operations on files: cloning, flags, encryption, freezing, mapping to blocks.
# Wall: a separate list of the requests of ioctl
# Expect: done
# Output: ^FIFREEZE: EPERM$
# Denied: ioctl=11
fd = os.open("own", os.O_CREAT | os.O_RDWR)
room = ctypes.create_string_buffer(4096)
for what, request in (("FICLONE", 0x40049409), ("FICLONERANGE", 0x4020940D), ("FIDEDUPERANGE", 0xC0189436),
                      ("FS_IOC_SETFLAGS", 0x40086602), ("FS_IOC_GETFLAGS", 0x80086601),
                      ("FS_IOC_FSSETXATTR", 0x401C5820), ("FIFREEZE", 0xC0045877), ("FITRIM", 0xC0185879), ("FIBMAP", 1),
                      ("FS_IOC_FIEMAP", 0xC020660B),
                      ("NS_GET_USERNS", 0xB701)):
    raw(what, 16, fd, request, room)
