#!python
# Tries every descriptor number, in case somebody left a descriptor open.
# Wall: a run begins with four descriptors; all others are closed
# Expect: done
# Output: ^open: \[0, 1, 2, 3\]$
opened = []
for fd in [*range(70_000), *(2**n - 1 for n in range(17, 31))]:
    try:
        os.fstat(fd)
        opened.append(fd)
    except OSError:
        pass
print("open:", opened)
if opened != [0, 1, 2, 3]:
    print("BREACH: descriptors of somebody else")
