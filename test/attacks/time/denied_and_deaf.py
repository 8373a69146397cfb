#!python
# Is denied something, and in its thread waits for an answer that it made itself miss: a signal in the middle of asking.
# Wall: a denied call is answered or ended with its run
# Expect: too-long
# Output: ^before$
# Denied: socket
import signal
import time

signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
print("before", flush=True)
for _ in range(10):
    call(41, 1, 1, 0)
while True:
    time.sleep(1)
