#!python
# Mounts what its root does not have: proc, devices, a bind of the root, an overlay over the library. Makes the library
# writable.
# Wall: the list of system calls has no mount, and there are no capabilities
# Expect: done
# Output: ^proc: EPERM$
# Output: ^the library, writable: EPERM$
# Denied: mount=7
os.mkdir("here")
for what, source, target, kind, flags, data in (
        ("proc", b"proc", b"/here", b"proc", 0, None), ("devices", b"none", b"/here", b"devtmpfs", 0, None),
        ("a tmpfs", b"none", b"/here", b"tmpfs", 0, b"size=4g"), ("the root again", b"/", b"/here", None, 0x5000, None),
        ("an overlay", b"none", LIBRARY.encode(), b"overlay", 0, f"lowerdir={LIBRARY},upperdir=/here".encode()),
        ("the library, writable", None, LIBRARY.encode(), None, 0x1020, None),
        ("the root, with programs", None, b"/", None, 0x20, None)):
    raw(what, 165, source, target, kind, flags, data)
