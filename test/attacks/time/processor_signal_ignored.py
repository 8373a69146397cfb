#!python
# Ignores the signal at the end of its processor time, with more threads than the machine has processors.
# Wall: a hard limit on processor time, and a limit on wall-clock time
# Expect: too-long
# Output: ^before$
import hashlib
import signal
import threading

signal.signal(signal.SIGXCPU, signal.SIG_IGN)
print("before", flush=True)
for _ in range(6):
    threading.Thread(target=hashlib.scrypt, args=(b"x",), kwargs=dict(salt=b"x", n=2, r=1, p=1 << 24)).start()
while True:
    pass
