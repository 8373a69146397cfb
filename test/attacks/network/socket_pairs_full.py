#!python
# Makes as many pairs of sockets as it can, and fills each of them with data that nobody reads. The kernel keeps the data.
# Wall: a run has few descriptors, the kernel bounds what waits in a socket, and everything is gone with the run
# Expect: done
# Output: ^[0-9]+ pairs, less than 16 MiB$
import socket

pairs, kept = [], 0
try:
    while True:
        pairs.append(socket.socketpair())
except OSError:
    pass
for pair in pairs:
    for end in pair:
        end.setblocking(False)
        try:
            while True:
                kept += end.send(bytes(65536))
        except BlockingIOError:
            pass
print(len(pairs), "pairs,", "less than 16 MiB" if kept < 16 << 20 else f"BREACH: {kept} bytes")
