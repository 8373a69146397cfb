#!python
# Ends while daemon threads and an armed timer go on.
# Wall: when the first process of the pid namespace ends, everything of the run is gone
# Expect: done
# Output: ^the end$
import signal
import threading


def go_on():
    while True:
        os.getppid()


for _ in range(6):
    threading.Thread(target=go_on, daemon=True).start()
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
signal.signal(signal.SIGALRM, lambda *_: None)
print("the end")
