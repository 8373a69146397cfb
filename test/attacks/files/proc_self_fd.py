#!python
# Opens its own descriptors, its program and its root again by the links in /proc, which would avoid permission checks.
# Wall: there is no /proc
# Expect: done
# Output: ^/proc/self/exe: ENOENT$
for path in ("/proc/self/exe", "/proc/self/root/etc/shadow", "/proc/self/cwd", "/proc/thread-self/root", "/proc/1/root",
             "/dev/fd/3", "/dev/stdin", *(f"/proc/self/fd/{fd}" for fd in range(8))):
    attempt(path, os.open, path, os.O_RDWR)
