#!python
# Ends but for a thread that never does, and which Python waits for.
# Wall: a wall clock for each run, whatever it says
# Expect: too-long
# Output: ^before$
import threading

print("before", flush=True)
threading.Thread(target=threading.Event().wait).start()
