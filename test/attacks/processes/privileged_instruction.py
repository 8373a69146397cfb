#!python
# Halts the processor, with the instruction for that.
# Wall: the processor's own rings
# Expect: failed
# Output: ^before$
# Owner sees: signal 11
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xfa\xf4\xc3")  # cli; hlt; ret
print("before", flush=True)
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("BREACH: it goes on")
