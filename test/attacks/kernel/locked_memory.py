#!python
# Locks its memory, so that the machine cannot reclaim it.
# Wall: the list of system calls has none that locks memory, and the limit is 0
# Expect: done
# Output: ^mlock: EPERM$
# Output: ^locked from the start: E(PERM|AGAIN)$
# Denied: mlock=1 mlock2=1 mlockall=2 munlock=1 munlockall=1
import mmap

page = ctypes.addressof(ctypes.create_string_buffer(8192))
raw("mlock", 149, page, 4096)
raw("mlock2", 325, page, 4096, 1)
raw("mlockall", 151, 3)
raw("mlockall on fault", 151, 7)
raw("munlock", 150, page, 4096)
raw("munlockall", 152)
attempt("locked from the start", mmap.mmap, -1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x2000)
attempt("large pages", mmap.mmap, -1, 2 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)
