#!python
# Catches whatever would end it, and begins again; each end of a function, too.
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
