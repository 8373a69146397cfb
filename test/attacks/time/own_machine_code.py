#!python
# Loops in machine code of its own, with every signal blocked.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
import mmap
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xeb\xfe")  # jmp to itself
print("before", flush=True)
ctypes.PYFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
