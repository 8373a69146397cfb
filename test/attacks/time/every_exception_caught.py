#!python
# Catches every exception that would end it, also when a function ends, and begins again.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
import signal

signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
print("before", flush=True)
while True:
    try:
        try:
            while True:
                pass
        finally:
            continue
    except BaseException:
        pass
