#!python
# Uses each of its descriptors as a directory of the machine from which it opens files.
# Wall: no descriptor of a run is a directory, or anything else that can be opened again
# Expect: done
# Output: ^from 0: ENOTDIR$
# Output: ^from 3: ENOTDIR$
# Output: ^from 4: EBADF$
for fd in range(16):
    attempt(f"from {fd}", os.open, "etc/shadow", os.O_RDONLY, dir_fd=fd)
    attempt(f"into {fd}", os.fchdir, fd)
    attempt(f"again {fd}", os.open, "", os.O_RDWR, dir_fd=fd)
