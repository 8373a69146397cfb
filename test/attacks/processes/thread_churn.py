#!python
# Starts and ends threads as fast as it can, from several at once.
# Wall: a limit of eight threads for the id of each run
# Expect: done
# Output: ^some refused started$
import threading
import time

outcomes = set()


def churn(depth):
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        try:
            threading.Thread(target=churn if depth else int, args=(0,) if depth else ()).start()
            outcomes.add("started")
        except RuntimeError:
            outcomes.add("refused")


churn(3)
print("some", *sorted(outcomes))
