#!python
# Maps machine code from a file of its own as executable, at once or by a later change of the mapping.
# Wall: the files of a run are on a noexec mount
# Expect: done
# Output: ^at once: EPERM$
# Output: ^later: EACCES$
import mmap

with open("code", "wb") as file:
    file.write(b"\x0f\x05\xc3" + bytes(4093))
fd = os.open("code", os.O_RDWR)
attempt("at once", mmap.mmap, fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
attempt("at once and shared", mmap.mmap, fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_EXEC)
mapped = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
raw("later", 10, ctypes.addressof(ctypes.c_char.from_buffer(mapped)), 4096, mmap.PROT_READ | mmap.PROT_EXEC)
