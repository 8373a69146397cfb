#!python
# Has the kernel keep a record of as many locks as it can be made to.
# Wall: with its process a run's locks are gone
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
