#!python
# Asks for sockets without end, from all its threads at once.
# Wall: the list of system calls, and the end of a run that is denied too often
# Expect: stopped
# Denied: socket
import socket
import threading


def flood():
    while True:
        try:
            socket.socket()
            print("BREACH: a socket")
        except OSError:
            pass


for _ in range(6):
    threading.Thread(target=flood).start()
flood()
