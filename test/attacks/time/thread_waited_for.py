#!python
# Ends, but one of its threads never does, and Python waits for that thread.
# Wall: a limit on wall-clock time for each run, whatever it says
# Expect: too-long
# Output: ^before$
import threading

print("before", flush=True)
threading.Thread(target=threading.Event().wait).start()
