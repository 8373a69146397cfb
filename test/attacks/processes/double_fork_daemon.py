#!python
# Becomes a daemon: makes a new session, a child and its child, which would live on after the page is sent.
# Wall: the list of system calls has no setsid, and none that makes a process
# Expect: done
# Output: ^setsid: EPERM$
# Output: ^fork: EPERM$
# Denied: clone=1 setsid=1 setpgid=3
attempt("fork", os.fork)
attempt("setsid", os.setsid)
attempt("setpgid", os.setpgid, 0, 0)
attempt("setpgrp", os.setpgrp)
attempt("into another group", os.setpgid, 0, 1)
