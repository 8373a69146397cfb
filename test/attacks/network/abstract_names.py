#!python
# Reaches local sockets by name: in the abstract name space, which needs no file, and by path.
# Wall: the list of system calls has no socket; the one socket of a run can be neither bound nor connected again
# Expect: done
# Output: ^socket: EPERM$
# Output: ^connect 3: EPERM$
# Denied: socket=2 bind=2 connect=4
import socket

attempt("socket", socket.socket, socket.AF_UNIX)
attempt("datagrams", socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)
for name in (b"\0zoobar", b"/control", b"\0/tmp/.X11-unix/X0", b"/run/dbus/system_bus_socket"):
    address = b"\1\0" + name
    raw("connect 3", 42, 3, address, len(address))
    if name[0] == 0:
        raw("bind 3", 49, 3, address, len(address))
