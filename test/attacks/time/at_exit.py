#!python
# Ends as it should, but never returns from what Python does at the end.
# Wall: a limit on wall-clock time for each run, whatever it says
# Expect: too-long
# Output: ^before$
import atexit
import time

atexit.register(time.sleep, 3600)
atexit.register(sys.exit)
print("before", flush=True)
