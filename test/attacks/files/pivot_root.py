#!python
# Changes the root of its mount namespace, as was done to make its walls, to see what lies below.
# Wall: the list of system calls has no pivot_root, and the old root is no longer there
# Expect: done
# Output: ^pivot_root: EPERM$
# Denied: pivot_root=3 umount2=3
os.mkdir("new")
for new, old in ((b".", b"."), (b"/new", b"/new"), (LIBRARY.encode(), LIBRARY.encode())):
    raw("pivot_root", 155, new, old)
    raw("umount2", 166, new, 2)
