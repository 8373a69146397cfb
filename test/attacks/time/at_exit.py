#!python
# Ends as it should, and stays for ever in what Python does at the end.
# Wall: a wall clock for each run, whatever it says
# Expect: too-long
# Output: ^before$
import atexit
import time

atexit.register(time.sleep, 3600)
atexit.register(sys.exit)
print("before", flush=True)
