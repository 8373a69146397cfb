#!python
# Becomes a daemon: a new session, a child, its child, and the page would be answered while it lives on.
# Wall: the list of system calls has no setsid and makes no process
# Expect: done
# Output: ^setsid: EPERM$
# Output: ^fork: EPERM$
# Denied: clone=1 setsid=1 setpgid=3
attempt("fork", os.fork)
attempt("setsid", os.setsid)
attempt("setpgid", os.setpgid, 0, 0)
attempt("setpgrp", os.setpgrp)
attempt("into another group", os.setpgid, 0, 1)
