#!python
# Maps a module that every other program imports, to write into the pages that all runs share.
# Wall: the standard library can be opened for reading only
# Expect: done
# Output: ^shared and writable: EACCES$
# Output: ^mprotect: EACCES$
import mmap

fd = os.open(LIBRARY + "/os.py", os.O_RDONLY)
attempt("shared and writable", mmap.mmap, fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
libc.mmap.restype = ctypes.c_void_p
address = libc.mmap(None, ctypes.c_size_t(4096), mmap.PROT_READ, mmap.MAP_SHARED, fd, ctypes.c_long(0))
raw("mprotect", 10, address, 4096, mmap.PROT_READ | mmap.PROT_WRITE)
# A private page is a copy. A run that imports os later must not find this copy.
private = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
private[:6] = b"BROKEN"
if os.pread(fd, 6, 0) == b"BROKEN":
    print("BREACH: the library is changed")
