#!python
# Makes devices of the machine, FIFOs and sockets as files.
# Wall: the list of system calls has no mknod, and the root is mounted without devices
# Expect: done
# Output: ^memory: EPERM$
# Output: ^fifo: EPERM$
# Denied: mknodat=5 mknod=1
import stat

for what, mode, device in (("memory", stat.S_IFCHR, os.makedev(1, 1)), ("disk", stat.S_IFBLK, os.makedev(8, 0)),
                           ("terminal", stat.S_IFCHR, os.makedev(5, 0)), ("socket", stat.S_IFSOCK, 0)):
    attempt(what, os.mknod, "/" + what, mode | 0o666, device)
attempt("fifo", os.mkfifo, "/fifo")
raw("the older call", 133, b"/memory", stat.S_IFCHR | 0o666, os.makedev(1, 1))
