#!python
# Sleeps. A limit on processor time alone would never end it.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
import time

print("before", flush=True)
time.sleep(3600)
