#!python
# Writes random bytes from all its threads.
# Wall: misbehaviour on the API ends the run, never the role
# Expect: stopped
import threading


def write():
    while True:
        os.write(3, b"\x20" + b"\0" * 3 + os.urandom(32))


for _ in range(6):
    threading.Thread(target=write).start()
