#!python
# Touches one page in each part of its memory, so that the kernel's page tables need more memory than the pages.
# Wall: a limit on a run's address space, which also limits the tables
# Expect: done
# Output: ^touched [0-9]+ pages$
touched = 0
for size in (1 << 30, 1 << 27, 1 << 26, 1 << 25):
    area = call(9, 0, size, 3, 0x4022, -1, 0)
    if area > 0:
        for page in range(area, area + size, 2 << 20):
            ctypes.memset(page, 1, 1)
            touched += 1
print("touched", touched, "pages")
if touched > 80:
    print("BREACH: more than the limit")
