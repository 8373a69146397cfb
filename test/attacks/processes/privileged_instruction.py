#!python
# Executes the instruction that halts the processor.
# Wall: the processor refuses it outside the kernel
# Expect: failed
# Output: ^before$
# Owner sees: signal 11
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xfa\xf4\xc3")  # cli; hlt; ret
print("before", flush=True)
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("BREACH: it goes on")
