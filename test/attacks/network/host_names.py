#!python
# Renames the machine, in case the name is shared.
# Wall: the list of system calls has neither call; the name that a run reads is the sandbox's own
# Expect: done
# Output: ^sethostname: EPERM$
# Output: ^here it is called sandbox$
# Denied: sethostname=1 setdomainname=1
import socket

attempt("sethostname", socket.sethostname, "evil")
raw("setdomainname", 171, b"evil", 4)
print("here it is called", os.uname().nodename)
