#!python
# Changes the state of standard input, in case the next run gets the same one.
# Wall: standard input is a pipe of the run's own; nothing that a run has open is open anywhere else
# Expect: done
# Output: ^set$
import fcntl

fcntl.fcntl(0, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
    try:
        fcntl.flock(0, kind | fcntl.LOCK_NB)
    except OSError:
        pass
print("set")
#!python
# Owner: neighbour
# Expect: done
# Output: ^as it should be$
import fcntl

flags = fcntl.fcntl(0, fcntl.F_GETFL)
print("as it should be" if not flags & (os.O_NONBLOCK | os.O_APPEND) else f"BREACH: flags {flags:#o}")
