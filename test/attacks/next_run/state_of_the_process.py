#!python
# Changes what a process passes on to its children: umask, environment, working folder, limits, signals, open
# descriptors.
# Wall: a run is forked from the interpreter, never from another run
# Expect: done
# Output: ^changed$
import locale
import signal
import threading

os.umask(0)
os.environ["PYTHONPATH"] = os.environ["LD_PRELOAD"] = "/evil"
os.mkdir("elsewhere")
os.chdir("elsewhere")
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.setitimer(signal.ITIMER_REAL, 0.05)
locale.setlocale(locale.LC_ALL, "C")
sys.setrecursionlimit(50_000)
threading.stack_size(1 << 16)
sys.set_int_max_str_digits(0)
for fd in range(10, 60):
    os.dup2(0, fd)
print("changed")
#!python
# Owner: neighbour
# Expect: done
# Output: ^unchanged$
import signal
import threading

mask, old = signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.umask(0)
# Where programs have packages, some variables are for these.
environ = {name: value for name, value in os.environ.items() if not name.startswith("M") and "NUM_THREADS" not in name}
state = (sorted(mask), old, environ, os.getcwd(), signal.getitimer(signal.ITIMER_REAL),
         sys.getrecursionlimit(), threading.stack_size(), sys.get_int_max_str_digits(),
         [fd for fd in range(64) if call(72, fd, 1) >= 0])
environment = {"HOME": "/data", "LANG": "C.UTF-8", "LOGNAME": "program", "PATH": "/usr/bin:/bin", "PWD": "/",
               "TMPDIR": "/tmp", "TZ": "UTC", "USER": "program"}
wanted = ([], 0o22, environment, "/", (0.0, 0.0), 1000, 1 << 20, 4300, [0, 1, 2, 3])
print("unchanged" if state == wanted else f"BREACH: {state}")
