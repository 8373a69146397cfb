#!python
# Opens its root and the library with O_PATH, and goes up from there.
# Wall: a descriptor leads no further than the mount namespace in which it was opened
# Expect: done
# Output: ^/ upwards: ENOENT$
for start in ("/", "/usr", LIBRARY):
    fd = os.open(start, os.O_PATH | os.O_DIRECTORY)
    attempt(f"{start} upwards", os.open, "../" * 20 + "etc/shadow", os.O_RDONLY, dir_fd=fd)
    os.fchdir(fd)
    for _ in range(20):
        os.chdir("..")
    attempt(f"{start} step by step", os.stat, "etc")
    attempt(f"{start} rewritten", os.write, fd, b"x")
