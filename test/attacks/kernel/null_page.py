#!python
# Maps the page at address 0, and those past the last ones there are: where a kernel's stray pointer would lead.
# Wall: no capabilities; addresses of the kernel are not a program's
# Expect: done
# Output: ^0x0: (EPERM|EINVAL|ENOMEM)$
import mmap

for address in (0, 0x7FFFFFFFF000, 0x800000000000, 0xFFFFFFFFFF600000, 0xFFFF888000000000):
    raw(f"{address:#x}", 9, address, 4096, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x10, -1, 0)
