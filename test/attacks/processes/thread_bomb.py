#!python
# Starts threads until it gets no more.
# Wall: a limit of eight threads for the id of each run
# Expect: done
# Output: ^7 threads, then RuntimeError$
import threading

stop, started = threading.Event(), 0
try:
    for started in range(10_000):
        threading.Thread(target=stop.wait).start()
    print("BREACH: as many as it likes")
except RuntimeError as error:
    print(started, "threads, then", name_of(error))
stop.set()
