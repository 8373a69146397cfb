#!python
# Reads from the pipes to which it should write, and writes to the one from which it should read, in case somebody
# answers.
# Wall: each of its descriptors has one direction
# Expect: done
# Output: ^reading 1: EBADF$
# Output: ^writing 0: EBADF$
os.set_blocking(1, True)
for fd in (1, 2):
    attempt(f"reading {fd}", os.read, fd, 1)
attempt("writing 0", os.write, 0, b"x")
