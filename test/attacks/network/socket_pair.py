#!python
# Makes local sockets other than the pair that asyncio needs: datagrams, packets, other families, protocols and flags.
# Wall: the list of system calls has socketpair for plain local streams only
# Expect: done
# Output: ^datagrams: EPERM$
# Output: ^network: EPERM$
# Output: ^high bits: EPERM$
# Denied: socketpair=9
import socket

room = (ctypes.c_int * 2)()
attempt("datagrams", socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("packets", socket.socketpair, socket.AF_UNIX, socket.SOCK_SEQPACKET)
attempt("raw", socket.socketpair, socket.AF_UNIX, socket.SOCK_RAW)
attempt("network", socket.socketpair, socket.AF_INET, socket.SOCK_STREAM)
attempt("TIPC", socket.socketpair, 30, socket.SOCK_STREAM)
raw("a protocol", 53, 1, 1, 1, room)
raw("unknown flags", 53, 1, 1 | 0x100, 0, room)
raw("high bits", 53, 1 << 32 | 1, 1, 0, room)
raw("high bits of the type", 53, 1, 1 << 40 | 1, 0, room)
