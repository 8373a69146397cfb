#!python
# Sets what the kernel stores with files: capabilities, access lists, labels.
# Wall: the list of system calls has calls that read extended attributes, and none that set them
# Expect: done
# Output: ^security.capability: EPERM$
# Denied: setxattr=4 fsetxattr=1 lsetxattr=1 removexattr=1 lremovexattr=1 fremovexattr=1
open("own", "w").close()
for name in (b"security.capability", b"system.posix_acl_access", b"trusted.overlay.opaque", b"user.note"):
    raw(name.decode(), 188, b"/own", name, b"\1\0\0\2" + b"\377" * 16, 20, 0)
raw("fsetxattr", 190, 3, b"user.note", b"x", 1, 0)
raw("lsetxattr", 189, (LIBRARY + "/os.py").encode(), b"user.note", b"x", 1, 0)
raw("removexattr", 197, b"/own", b"user.note")
raw("lremovexattr", 198, b"/own", b"user.note")
raw("fremovexattr", 199, 3, b"user.note")
