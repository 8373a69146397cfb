#!python
# Prints a line now and then, so that the page goes on waiting for it.
# Wall: a limit on wall-clock time for each run, whatever it prints
# Expect: too-long
# Output: ^line 5$
import time

for line in range(10**9):
    print("line", line, flush=True)
    time.sleep(0.01)
