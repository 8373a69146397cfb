#!python
# Reserves space without writing, in every mode of fallocate.
# Wall: a tmpfs of limited size, and a limit on the size of a file
# Expect: done
# Output: ^mode 0x0: (EFBIG|ENOSPC)$
# Output: ^mode 0x1: (EFBIG|ENOSPC)$
fd = os.open("reserved", os.O_CREAT | os.O_RDWR)
for mode in (0x00, 0x01, 0x02, 0x03, 0x08, 0x10, 0x11, 0x20, 0x40, 0x80):
    result = call(285, fd, mode, 0, 1 << 30)
    print(f"mode {mode:#x}: {errno.errorcode.get(-result, result)}")
if os.fstat(fd).st_blocks * 512 > 1 << 20:
    print("BREACH: more than the limit")
