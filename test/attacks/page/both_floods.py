#!python
# Writes to standard output and standard error from all its threads, without end.
# Wall: a run is ended when its output is past the limit
# Expect: done
# Output: output is too long
import threading


def flood(fd):
    while True:
        os.write(fd, b"x" * 60_000)


for fd in (1, 2, 1, 2, 1):
    threading.Thread(target=flood, args=(fd,), daemon=True).start()
flood(1)
