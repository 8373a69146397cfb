#!python
# Uses the classic way out of a chroot: makes another one inside, then goes up.
# Wall: the list of system calls has no chroot, and there are no capabilities
# Expect: done
# Output: ^chroot: EPERM$
# Output: ^above: ENOENT$
# Denied: chroot=2
os.mkdir("inner")
attempt("chroot", os.chroot, "inner")
attempt("chroot to here", os.chroot, ".")
for _ in range(50):
    os.chdir("..")
attempt("above", os.stat, "etc/shadow")
