#!python
# Changes into 32-bit mode by a far return, as if it were a 32-bit program, and makes system calls from there.
# Wall: the filter kills for a system call of another architecture
# Expect: stopped
# Expect where int 0x80 is a fault: failed
# Output: ^a far return into 64-bit mode gives 5$
# Denied: another_architecture's_system_call=1
import mmap

page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40,  # MAP_32BIT
                 mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
native = ctypes.CFUNCTYPE(ctypes.c_int)(address)


def place(at, code):
    page[at : at + len(code)] = code


def far_return(segment):
    # mov [kept], rsp; mov rsp, stack; push segment; push target; retfq
    place(0, b"\x48\x89\x25" + (200 - 7).to_bytes(4, "little") + b"\x48\xbc" + (address + 4000).to_bytes(8, "little")
          + b"\x6a" + bytes([segment]) + b"\x68" + (address + 64).to_bytes(4, "little") + b"\x48\xcb")


far_return(0x33)  # at first inside 64-bit mode, to show that the code works
# mov eax, 5; mov rsp, [kept]; ret
place(64, b"\xb8\x05\x00\x00\x00\x48\x8b\x25" + (200 - 64 - 12).to_bytes(4, "little") + b"\xc3")
print("a far return into 64-bit mode gives", native(), flush=True)
far_return(0x23)
place(64, b"\xb8\x14\x00\x00\x00\xcd\x80\xeb\xfe")  # mov eax, 20; int 0x80; endless loop
native()
