#!python
# Makes system calls by the gate for 32-bit programs (int 0x80, where 1 is exit and 11 is execve), from machine code of
# its own.
# Wall: the filter kills for a system call of another architecture
# Expect: stopped
# Expect where int 0x80 is a fault: failed
# Output: ^its own code gives 5$
# Denied: another_architecture's_system_call=1
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
native = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
harmless = b"\xb8\x05\x00\x00\x00\xc3"  # mov eax, 5; ret
page[: len(harmless)] = harmless
print("its own code gives", native(), flush=True)
getpid = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20 (getpid); int 0x80; ret
page[: len(getpid)] = getpid
pid = native()  # a line of its own: where this is a fault, the owner sees the line
print("BREACH: pid", pid)
