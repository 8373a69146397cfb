#!python
# Opens sockets that see or control the network of the whole machine: raw packets, netlink, the kernel's cryptography,
# virtual machines.
# Wall: the list of system calls has no socket
# Expect: done
# Output: ^netlink route: EPERM$
# Output: ^vsock: EPERM$
# Denied: socket=9
import socket

for what, family, kind, protocol in (
        ("raw ICMP", 2, 3, 1), ("packets", 17, 3, 0x0300), ("netlink route", 16, 3, 0), ("netlink audit", 16, 3, 9),
        ("netlink filter", 16, 3, 12), ("crypto", 38, 5, 0), ("vsock", 40, 1, 0), ("xdp", 44, 3, 0),
        ("bluetooth", 31, 3, 1)):
    attempt(what, socket.socket, family, kind, protocol)
