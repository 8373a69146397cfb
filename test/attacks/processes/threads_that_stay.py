#!python
# Comes to its end while daemon threads and an armed timer go on.
# Wall: with the first process of its pid namespace everything of a run is gone
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
