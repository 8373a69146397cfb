#!python
# Executes another program in its place: by path, by descriptor, and by the old call uselib.
# Wall: the list of system calls has no execve
# Expect: done
# Output: ^/bin/sh: EPERM$
# Denied: execve=4 execveat=2 uselib=1
for path in ("/bin/sh", "/usr/bin/python3", LIBRARY + "/os.py", "/proc/self/exe"):
    attempt(path, os.execv, path, [path])
raw("by descriptor", 322, 3, b"", None, None, 0x1000)
raw("at", 322, -100, b"/bin/sh", None, None, 0)
raw("uselib", 134, (LIBRARY + "/os.py").encode())
