#!python
# Looks up names and addresses, so that the C library would load the name service libraries of the machine.
# Wall: no socket, no /etc, and no library of the machine in its root
# Expect: done
# Output: ^example.com: gaierror$
# Denied: socket
import grp
import pwd
import socket

attempt("example.com", socket.getaddrinfo, "example.com", 80)
attempt("backwards", socket.gethostbyaddr, "127.0.0.1")
attempt("root", pwd.getpwnam, "root")
attempt("id 0", pwd.getpwuid, 0)
attempt("a group", grp.getgrgid, 42)
attempt("a service", socket.getservbyname, "http")
