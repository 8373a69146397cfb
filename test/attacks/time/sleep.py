#!python
# Sleeps: a limit on processor time alone would never end it.
# Wall: a wall clock for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
import time

print("before", flush=True)
time.sleep(3600)
