#!python
# Reads from the pipes it writes to, and writes to what it reads from: whoever is at the other end might answer.
# Wall: each of its descriptors has one direction
# Expect: done
# Output: ^reading 1: EBADF$
# Output: ^writing 0: EBADF$
os.set_blocking(1, True)
for fd in (1, 2):
    attempt(f"reading {fd}", os.read, fd, 1)
attempt("writing 0", os.write, 0, b"x")
