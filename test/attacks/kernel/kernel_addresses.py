#!python
# Passes addresses of the kernel as places to read from and to write to.
# Wall: the kernel's own check of the pointers of programs
# Expect: done
# Output: ^read into 0x[0-9a-f]+: EFAULT$
reading, writing = os.pipe()
for address in (0xFFFFFFFF81000000, 0xFFFF888000000000, 0xFFFFFFFFFF600000, 0xFFFFC90000000000, 0x8000_0000_0000_0000):
    os.write(writing, b"xxxxxxxx")
    raw(f"read into {address:#x}", 0, reading, address, 8)
    raw(f"write from {address:#x}", 1, writing, address, 8)
    raw(f"a name at {address:#x}", 2, address, 0, 0)
    raw(f"status to {address:#x}", 5, 1, address)
    raw(f"time to {address:#x}", 35, address, address)
