#!python
# Grows the heap, one mapping, and the stack past the limit.
# Wall: limits on a run's address space and stack
# Expect: done
# Output: ^brk: refused$
# Output: ^mremap: ENOMEM$
top = call(12, 0)
print("brk: refused" if call(12, top + (1 << 30)) == top else "BREACH: brk")
area = call(9, 0, 1 << 20, 3, 0x22, -1, 0)
raw("mremap", 25, area, 1 << 20, 1 << 30, 1)
raw("mremap onto the library", 25, area, 1 << 20, 1 << 30, 3, 0x10000000000)
raw("mremap of nothing", 25, area, 0, 1 << 20, 1)
