#!python
# Leaves Python: machine code of its own makes the system calls, so that the interpreter cannot check them.
# Wall: the kernel keeps the list of system calls, whoever makes the call
# Expect: done
# Output: ^execve: EPERM$
# Output: ^socket: EPERM$
# Output: ^open: ENOENT$
# Denied: execve=1 socket=1 ptrace=1
import mmap

page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# mov rax, rdi; mov rdi, rsi; mov rsi, rdx; mov rdx, rcx; mov r10, r8; syscall; ret
page.write(b"\x48\x89\xf8\x48\x89\xf7\x48\x89\xd6\x48\x89\xca\x4d\x89\xc2\x0f\x05\xc3")
native = ctypes.CFUNCTYPE(*[ctypes.c_long] * 6)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
name = ctypes.create_string_buffer(b"/bin/sh")
for what, number, arguments in (("execve", 59, (ctypes.addressof(name), 0, 0, 0)), ("socket", 41, (2, 1, 0, 0)),
                                ("ptrace", 101, (16, 1, 0, 0)), ("open", 2, (ctypes.addressof(name), 0, 0, 0))):
    result = native(number, *arguments)
    print(f"BREACH: {what} gave {result}" if result >= 0 else f"{what}: {errno.errorcode[-result]}")
