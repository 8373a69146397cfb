#!python
# Makes the kernel keep as many locks as possible.
# Wall: the locks of a run end with its process
# Expect: done
# Output: ^locked [0-9]+ ranges$
import fcntl
import time

with open("own", "wb") as file:
    count, until = 0, time.monotonic() + 0.5
    while time.monotonic() < until:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2 * count)
        count += 1
    print("locked", count, "ranges", flush=True)
    os._exit(0)
