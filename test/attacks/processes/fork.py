#!python
# Starts processes in every way that Python and the C library have.
# Wall: the list of system calls permits threads, and no processes
# Expect: done
# Output: ^fork: EPERM$
# Output: ^a command: EPERM$
# Denied: clone=4 vfork=1 fork=1
import subprocess

attempt("fork", os.fork)
attempt("forkpty", os.forkpty)
attempt("a command", subprocess.run, ["/usr/bin/id"])
attempt("spawn", os.posix_spawn, "/usr/bin/id", ["id"], {})
raw("the fork of old", 57)
raw("its cousin", 58)
attempt("system", os.system, "id")
