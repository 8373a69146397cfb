#!python
# Executes an instruction that does not exist.
# Wall: a process for each run; its parent goes on
# Expect: failed
# Output: ^before$
# Owner sees: signal 4
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\x0f\x0b")  # ud2
print("before", flush=True)
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("BREACH: it goes on")
