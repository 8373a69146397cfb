#!python
# Calls through the gate for 32-bit programs, from its own machine code: int 0x80, where 1 is exit and 11 is execve.
# Wall: the filter kills for another architecture's call
# Expect: stopped
# Denied: another_architecture's_system_call=1
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid); int 0x80; ret
getpid = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("BREACH: pid", getpid())
