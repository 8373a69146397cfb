#!python
# Reaches local sockets by name: in the abstract name space, which needs no file, and by path.
# Wall: the filter refuses local sockets by itself, because libraries ask for them too; a pair of sockets, like the one
# socket of a run, can be neither bound nor connected again
# Expect: done
# Output: ^socket: EACCES$
# Output: ^connect 3: EPERM$
# Output: ^connect a pair's: EPERM$
# Denied: bind=3 connect=5 listen=1
import socket

attempt("socket", socket.socket, socket.AF_UNIX)
pair = socket.socketpair()[0]
attempt("bind a pair's", pair.bind, b"\0zoobar")
attempt("connect a pair's", pair.connect, b"\0zoobar")
attempt("listen on a pair's", pair.listen)
attempt("datagrams", socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)
for name in (b"\0zoobar", b"/control", b"\0/tmp/.X11-unix/X0", b"/run/dbus/system_bus_socket"):
    address = b"\1\0" + name
    raw("connect 3", 42, 3, address, len(address))
    if name[0] == 0:
        raw("bind 3", 49, 3, address, len(address))
