#!python
# Uses the pair of sockets that asyncio works with for what asyncio does not need: descriptors, credentials, out-of-band
# data, looking ahead, options, addresses.
# Wall: send and receive are allowed without flags and addresses; sendmsg and recvmsg are not on the list
# Expect: done
# Output: ^a descriptor: EPERM$
# Output: ^out of band: EPERM$
# Output: ^to an address: EPERM$
# Denied: sendmsg=2 recvmsg=1 sendto=3 recvfrom=3 setsockopt=2
import asyncio
import socket

a, b = socket.socketpair()
room = ctypes.create_string_buffer(64)
attempt("a descriptor", socket.send_fds, a, [b"x"], [3])
attempt("a descriptor, received", socket.recv_fds, b, 1, 1)
attempt("credentials", a.sendmsg, [b"x"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, bytes(12))])
attempt("pass credentials", a.setsockopt, socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
attempt("a larger buffer", a.setsockopt, socket.SOL_SOCKET, 32, 1 << 30)
attempt("who is there", a.getsockopt, socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
attempt("out of band", a.send, b"x", socket.MSG_OOB)
attempt("zero copy", a.send, b"x", 0x4000000)
attempt("to an address", a.sendto, b"x", b"\0zoobar")
attempt("out of band, received", b.recv, 1, socket.MSG_OOB)
attempt("a look ahead", b.recv, 1, socket.MSG_PEEK)
raw("with an address", 45, b.fileno(), room, 1, 0, room, ctypes.byref(ctypes.c_uint(64)))
asyncio.run(asyncio.sleep(0))
