#!python
# Gives files away, to root and to other runs.
# Wall: the list of system calls has no chown
# Expect: done
# Output: ^fchownat: EPERM$
# Denied: chown=2 lchown=1 fchown=1 fchownat=1
open("own", "w").close()
raw("chown", 92, b"/own", 0, 0)
raw("chown to the next run", 92, b"/own", os.getuid() + 1, os.getgid() + 1)
raw("lchown", 94, (LIBRARY + "/os.py").encode(), os.getuid(), os.getgid())
raw("fchown", 93, 3, 0, 0)
raw("fchownat", 260, -100, b"/own", 0, 0, 0)
