#!python
# Opens a socket of each family and each type, from local ones to AppleTalk.
# Wall: the list of system calls has no socket, and the network namespace is empty
# Expect: done
# Output: ^AF 0: EPERM$
# Denied: socket=14
# Family 1, of local sockets, is refused too, but it is not counted (network/abstract_names.py).
import socket

for family in range(0, 15):
    attempt(f"AF {family}", socket.socket, family, (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)[family % 3])
#!python
# Expect: done
# Output: ^AF 16: EPERM$
# Denied: socket=15
import socket

for family in range(15, 30):
    attempt(f"AF {family}", socket.socket, family, socket.SOCK_RAW)
#!python
# Expect: done
# Output: ^AF 44: EPERM$
# Denied: socket=15
import socket

for family in range(30, 45):
    attempt(f"AF {family}", socket.socket, family, socket.SOCK_SEQPACKET if family != 40 else socket.SOCK_STREAM)
