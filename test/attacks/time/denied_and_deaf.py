#!python
# Is denied a call while a signal interrupts it, so that its thread waits for an answer that it has missed.
# Wall: a denied call is answered, or it ends together with its run
# Expect: too-long
# Output: ^before$
# Denied: socket
import signal
import time

signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
print("before", flush=True)
for _ in range(10):
    call(41, 2, 1, 0)
while True:
    time.sleep(1)
