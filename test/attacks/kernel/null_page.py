#!python
# Maps the page at address 0, and pages past the end of the address space, where a wrong pointer in the kernel would
# lead.
# Wall: no capabilities; programs cannot map addresses of the kernel
# Expect: done
# Output: ^0x0: (EPERM|EINVAL|ENOMEM)$
import mmap

for address in (0, 0x7FFFFFFFF000, 0x800000000000, 0xFFFFFFFFFF600000, 0xFFFF888000000000):
    raw(f"{address:#x}", 9, address, 4096, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x10, -1, 0)
