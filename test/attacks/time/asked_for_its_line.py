#!python
# Answers the signal that asks for its line, shortly before the end, with a handler that never returns, and sends it to
# itself before that.
# Wall: the supervisor ends a run with SIGKILL, whatever the run did with the signal before
# Expect: too-long
# Output: ^before$
import signal
import threading
import time


def asked(number, frame):
    while True:
        time.sleep(1)


signal.signal(signal.SIGXCPU, asked)
print("before")
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGXCPU)).start()
while True:
    time.sleep(1)
