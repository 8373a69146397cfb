#!python
# Catches every exception that would end it, also when a function ends, and begins again.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
import signal


def spin():
    while True:
        pass


# Outside of the try blocks nothing would catch the exception, so it is raised only inside of spin.
signal.signal(signal.SIGALRM, lambda _, frame: 1 / 0 if frame.f_code is spin.__code__ else None)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
print("before", flush=True)
while True:
    try:
        try:
            spin()
        finally:
            continue
    except BaseException:
        pass
