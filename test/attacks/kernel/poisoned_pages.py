#!python
# Tells the kernel that its memory is broken, so that the machine loses a page each time.
# Wall: no capabilities
# Expect: done
# Output: ^advice 100: (EPERM|EINVAL)$
# Output: ^advice 101: (EPERM|EINVAL)$
import mmap

memory = mmap.mmap(-1, 1 << 20)
memory[:] = b"x" * len(memory)
page = ctypes.addressof(ctypes.c_char.from_buffer(memory))
for advice in (100, 101):
    raw(f"advice {advice}", 28, page, 4096, advice)
for advice in range(0, 27):
    call(28, page, 1 << 20, advice)
