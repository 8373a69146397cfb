#!python
# Makes pairs of local sockets, through which descriptors could be passed.
# Wall: the list of system calls has no socketpair
# Expect: done
# Output: ^a pair: EPERM$
# Output: ^asyncio: EPERM$
# Denied: socketpair=3
import asyncio
import socket

attempt("a pair", socket.socketpair)
attempt("of datagrams", socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("asyncio", asyncio.run, asyncio.sleep(0))
