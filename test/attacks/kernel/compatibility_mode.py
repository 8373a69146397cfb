#!python
# Goes over into 32-bit mode with a far return, as a 32-bit program would be, and calls from there.
# Wall: the filter kills for another architecture's call
# Expect: stopped
# Denied: another_architecture's_system_call=1
import mmap

page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40,  # MAP_32BIT
                 mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
narrow = b"\xb8\x14\x00\x00\x00\xcd\x80\xeb\xfe"  # mov eax, 20; int 0x80; for ever
# mov rsp, stack; push 0x23; push target; retfq
wide = (b"\x48\xbc" + (address + 4000).to_bytes(8, "little") + b"\x6a\x23" + b"\x68"
        + (address + 64).to_bytes(4, "little") + b"\x48\xcb")
page[: len(wide)] = wide
page[64 : 64 + len(narrow)] = narrow
ctypes.CFUNCTYPE(None)(address)()
